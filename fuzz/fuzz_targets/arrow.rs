#![no_main]

use gristmill_fuzz::read_columnar;
use gristmill_read::FormatKind;

libfuzzer_sys::fuzz_target!(|data: &[u8]| read_columnar(data, FormatKind::Arrow));
