#![no_main]

use gristmill_fuzz::read_tokens;
use gristmill_read::FormatKind;

libfuzzer_sys::fuzz_target!(|data: &[u8]| read_tokens(data, FormatKind::Mds));
