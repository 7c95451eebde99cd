#![no_main]

use gristmill_fuzz::read_after;
use gristmill_read::FormatKind;

libfuzzer_sys::fuzz_target!(|data: &[u8]| read_after(b"BZh91AY&SY", data, FormatKind::Csv));
