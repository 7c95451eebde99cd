//! Compressions: recognised by their first bytes, undone as a stream. Nothing is held but one block, so a file of
//! any ratio costs no memory; zstd windows are limited, since they are memory.

use std::io::{self, BufReader, Read};

use crate::kinds::Codec;

/// Largest zstd window: 2^27 bytes, 128 MB.
const ZSTD_WINDOW_LOG: u32 = 27;

/// Bytes that [`recognise`] wants to see.
pub(crate) const MAGIC_BYTES: usize = 10;

const BZIP2_BLOCK: [u8; 6] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
const BZIP2_END: [u8; 6] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];

/// Tells the compression from the first bytes of a file.
pub(crate) fn recognise(head: &[u8]) -> Codec {
    match head {
        [0x1f, 0x8b, ..] => Codec::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Codec::Zstd,
        [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] => {
            let seen = &rest[..rest.len().min(6)];
            let fits = BZIP2_BLOCK.starts_with(seen) || BZIP2_END.starts_with(seen);
            if fits { Codec::Bzip2 } else { Codec::Plain }
        }
        _ => Codec::Plain,
    }
}

/// Undoes a compression; all members, frames and streams one after the other.
pub(crate) fn decode(codec: Codec, raw: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let buffered = |raw| BufReader::with_capacity(128 << 10, raw);
    Ok(match codec {
        Codec::Plain => Box::new(raw),
        Codec::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered(raw))),
        Codec::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(buffered(raw))),
        Codec::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(buffered(raw))?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
    })
}
