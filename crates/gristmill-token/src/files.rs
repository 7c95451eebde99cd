//! Files as JSON values: text as it is, other bytes in base64.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// A file's content.
pub(crate) fn to_json(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({"base64": BASE64_STANDARD.encode(bytes)}),
    }
}

/// The way back.
pub(crate) fn from_json(value: &Value) -> Option<Vec<u8>> {
    match value.as_str() {
        Some(text) => Some(text.as_bytes().to_vec()),
        None => BASE64_STANDARD.decode(value["base64"].as_str()?).ok(),
    }
}
