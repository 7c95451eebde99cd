#![no_main]

use gristmill_fuzz::read_split;
use gristmill_read::FormatKind;

libfuzzer_sys::fuzz_target!(|data: &[u8]| read_split(data, FormatKind::Jsonl));
