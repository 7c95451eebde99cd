//! Compression of line formats. Each group is a gzip member or zstd frame of its own (readers take the
//! concatenation as one stream), so the bytes do not depend on threads, and nothing in them names a time or a host.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;

use crate::failure::WriteFailure;

/// Which compression, as named in options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Compress {
    #[default]
    None,
    Gzip,
    Zstd,
}

const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 3;

impl Compress {
    /// `base`, with `.gz` or `.zst` where it is compressed.
    pub(crate) fn extension(self, base: &str) -> String {
        match self {
            Self::None => base.to_owned(),
            Self::Gzip => format!("{base}.gz"),
            Self::Zstd => format!("{base}.zst"),
        }
    }

    /// Packs the bytes of one group.
    pub(crate) fn pack(self, bytes: Vec<u8>) -> Result<Vec<u8>, WriteFailure> {
        match self {
            Self::None => Ok(bytes),
            Self::Gzip => {
                let mut encoder =
                    GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::new(GZIP_LEVEL));
                encoder.write_all(&bytes)?;
                Ok(encoder.finish()?)
            }
            Self::Zstd => {
                let mut encoder = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Ok(encoder.compress(&bytes)?)
            }
        }
    }
}
