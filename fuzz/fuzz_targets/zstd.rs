#![no_main]

use gristmill_fuzz::read_after;
use gristmill_read::FormatKind;

libfuzzer_sys::fuzz_target!(|data: &[u8]| read_after(&[0x28, 0xb5, 0x2f, 0xfd], data, FormatKind::Jsonl));
