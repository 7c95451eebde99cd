//! The format of a file from its name, else from its first bytes.

use crate::discord;
use crate::json::walk;
use crate::kinds::FormatKind;

/// The extension in lower case, that of a compression left out.
pub(crate) fn extension(name: &str) -> Option<String> {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut parts: Vec<String> = file.split('.').skip(1).map(str::to_ascii_lowercase).collect();
    if parts.last().is_some_and(|e| is_compression(e)) {
        parts.pop();
    }
    parts.pop()
}

fn is_compression(extension: &str) -> bool {
    matches!(extension, "gz" | "gzip" | "zst" | "zstd" | "bz2")
}

/// Whether a name says that its file is compressed.
pub(crate) fn compressed(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, last)| is_compression(&last.to_ascii_lowercase()))
}

/// The format that an extension stands for. `.json` is several formats.
pub(crate) fn format_by_name(name: &str) -> Option<FormatKind> {
    Some(match extension(name)?.as_str() {
        "csv" | "tsv" => FormatKind::Csv,
        "jsonl" | "ndjson" | "jsonlines" => FormatKind::Jsonl,
        "parquet" | "pq" => FormatKind::Parquet,
        "arrow" | "arrows" | "feather" | "ipc" => FormatKind::Arrow,
        "txt" | "text" => FormatKind::Text,
        "npy" => FormatKind::Numpy,
        "bin" | "idx" => FormatKind::Megatron,
        "mds" => FormatKind::Mds,
        _ => return None,
    })
}

/// The format that the first bytes tell.
pub(crate) fn format_by_content(text: &[u8], extension: Option<String>) -> Option<FormatKind> {
    match text.get(walk::blank(text, 0)) {
        Some(b'[') => Some(FormatKind::Json),
        Some(b'{') => {
            let export = discord::head(text).is_ok();
            Some(if export { FormatKind::Discord } else { FormatKind::Jsonl })
        }
        None if extension.is_some_and(|e| e == "json") => Some(FormatKind::Json),
        _ => None,
    }
}
