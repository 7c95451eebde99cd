//! One split of one file, as a task is told to read it.

use serde::{Deserialize, Serialize};

use crate::kinds::{Codec, FormatKind};
use crate::split::Split;

/// One split of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Where the file lies.
    pub path: String,
    /// Its name below the source's root; part of row ids.
    pub name: String,
    /// Its format, as the probe found it.
    pub format: FormatKind,
    /// Its compression, as the probe found it.
    pub codec: Codec,
    /// The part of it to read.
    pub split: Split,
}
