//! What can go wrong in this crate.

use gristmill_core::{Fault, FaultKind};

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DedupFailure {
    #[error("column `{column}` says which row is best, but holds {found}, not numbers")]
    NoNumbers { column: String, found: String },
    #[error("benchmark {path} has no column `{column}`")]
    BenchmarkColumn { path: String, column: String, present: String },
    #[error("benchmark {path}: record {row} cannot be read ({why})")]
    BenchmarkRecord { path: String, row: String, why: String },
    #[error("benchmark {path} has nothing that rows can be compared with in its {items} items")]
    BenchmarkEmpty { path: String, items: u64 },
    #[error("the benchmarks together are larger than 4 GB")]
    BenchmarkTooLarge,
    #[error("column `{column}` of an index of rows must hold text, or whole numbers for an id, not {found}")]
    KnownColumn { column: String, found: String },
    #[error("an index of rows cannot be written: {0}")]
    KnownWrite(#[from] std::io::Error),
    #[error("an index of rows cannot be read: {path}: {why}")]
    KnownDamaged { path: String, why: String },
    #[error("the index of rows {path} was made in another way than the files before it")]
    KnownMixed { path: String },
    #[error("the index of rows has shingles of {found}, the step asks for {asked}")]
    KnownOther { found: String, asked: String },
    #[error("the index of rows {path} was made by a version that sketches texts in another way")]
    KnownVersion { path: String },
    #[error("there is no index of rows in {path}")]
    NoKnown { path: String },
    #[error("one file of an index cannot hold so many rows")]
    KnownTooLarge,
    #[error("the column of what was found does not hold lists of hits")]
    NoHits,
}

impl Fault for DedupFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::NoNumbers { .. } => "GM_DEDUP_NO_NUMBERS",
            Self::BenchmarkColumn { .. } => "GM_DEDUP_BENCHMARK_COLUMN",
            Self::BenchmarkRecord { .. } => "GM_DEDUP_BENCHMARK_RECORD",
            Self::BenchmarkEmpty { .. } => "GM_DEDUP_BENCHMARK_EMPTY",
            Self::BenchmarkTooLarge => "GM_DEDUP_BENCHMARK_TOO_LARGE",
            Self::KnownColumn { .. } => "GM_DEDUP_KNOWN_COLUMN",
            Self::KnownWrite(_) => "GM_DEDUP_KNOWN_WRITE",
            Self::KnownDamaged { .. } => "GM_DEDUP_KNOWN_DAMAGED",
            Self::KnownMixed { .. } => "GM_DEDUP_KNOWN_MIXED",
            Self::KnownOther { .. } => "GM_DEDUP_KNOWN_OTHER",
            Self::KnownVersion { .. } => "GM_DEDUP_KNOWN_VERSION",
            Self::NoKnown { .. } => "GM_DEDUP_NO_KNOWN",
            Self::KnownTooLarge => "GM_DEDUP_KNOWN_TOO_LARGE",
            Self::NoHits => "GM_INTERNAL_NO_HITS",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::BenchmarkRecord { .. } | Self::BenchmarkEmpty { .. } | Self::BenchmarkTooLarge => {
                FaultKind::Input
            }
            Self::KnownDamaged { .. }
            | Self::KnownMixed { .. }
            | Self::KnownVersion { .. }
            | Self::NoKnown { .. } => FaultKind::Input,
            Self::NoHits | Self::KnownWrite(_) | Self::KnownTooLarge => FaultKind::Failed,
            Self::NoNumbers { .. }
            | Self::BenchmarkColumn { .. }
            | Self::KnownColumn { .. }
            | Self::KnownOther { .. } => FaultKind::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoNumbers { .. } => Some("name a column of numbers with `by`".into()),
            Self::BenchmarkColumn { present, .. } => Some(format!(
                "name columns of text with `prompt`, `solution`, `docstring` or `texts`; columns: {present}"
            )),
            Self::BenchmarkRecord { .. } => {
                Some("mend the file: what it lacks could not be looked for".into())
            }
            Self::BenchmarkEmpty { .. } => {
                Some("look at its columns and at `n`, `min_chars` and `rules`".into())
            }
            Self::BenchmarkTooLarge => Some("compare with a part of them at a time".into()),
            Self::KnownColumn { .. } => Some("name columns with `column` and `id`".into()),
            Self::KnownDamaged { .. } | Self::NoKnown { .. } => {
                Some("an index is what the output known_rows writes, or the folder of its files".into())
            }
            Self::KnownMixed { .. } => Some("name one data set, or make all with the same options".into()),
            Self::KnownOther { .. } => {
                Some("give the same `shingles` and `size`, or make the index anew".into())
            }
            Self::KnownVersion { .. } => Some("make the index anew from its rows".into()),
            Self::KnownTooLarge => Some("set a smaller `shard_bytes`".into()),
            Self::NoHits | Self::KnownWrite(_) => None,
        }
    }
}
