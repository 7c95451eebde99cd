#![no_main]

use gristmill_fuzz::read_after;
use gristmill_read::FormatKind;

libfuzzer_sys::fuzz_target!(|data: &[u8]| read_after(&[0x1f, 0x8b, 8, 0], data, FormatKind::Text));
