//! The model part: a vocabulary of printable characters that stand for bytes, and merges of its tokens.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::bpe::{Bpe, HIGHEST_RANK, Vocab};
use crate::byte_level::bytes_of;

/// Ids above this are refused: tables are as long as the highest id.
pub(crate) const HIGHEST: u32 = HIGHEST_RANK;

/// Tokens in the order of the file.
pub(crate) struct Tokens<'a>(pub(crate) Vec<(Cow<'a, str>, u32)>);

impl<'de: 'a, 'a> Deserialize<'de> for Tokens<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Tokens<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tokens and their ids")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut tokens = Vec::new();
                while let Some((Text(token), id)) = map.next_entry()? {
                    tokens.push((token, id));
                }
                Ok(Tokens(tokens))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// A string that is borrowed unless it has escapes.
#[derive(Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// Two tokens that merge: a pair, or in older files a line with a space between them.
pub(crate) struct Merge<'a>(pub(crate) Cow<'a, str>, pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Merge<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = Merge<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("two tokens")
            }

            fn visit_borrowed_str<E: Error>(self, line: &'de str) -> Result<Self::Value, E> {
                let (left, right) =
                    line.split_once(' ').ok_or_else(|| E::custom("a merge without a space"))?;
                Ok(Merge(Cow::Borrowed(left), Cow::Borrowed(right)))
            }

            fn visit_str<E: Error>(self, line: &str) -> Result<Self::Value, E> {
                let (left, right) =
                    line.split_once(' ').ok_or_else(|| E::custom("a merge without a space"))?;
                Ok(Merge(Cow::Owned(left.to_owned()), Cow::Owned(right.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Self::Value, A::Error> {
                match (pair.next_element()?, pair.next_element()?, pair.next_element::<Text<'de>>()?) {
                    (Some(Text(left)), Some(Text(right)), None) => Ok(Merge(left, right)),
                    _ => Err(A::Error::custom("a merge is not a pair")),
                }
            }
        }
        deserializer.deserialize_any(Pair)
    }
}

/// Builds the model; `merges` are pairs of tokens in the order of their ranks.
pub(crate) fn build<'a>(
    tokens: &[(Cow<'_, str>, u32)],
    merges: impl Iterator<Item = (&'a str, &'a str)>,
    whole: bool,
) -> Result<Bpe, String> {
    if tokens.iter().any(|(_, id)| *id > HIGHEST) {
        return Err("an id is too high".to_owned());
    }
    let spelled: Vec<(Vec<u8>, u32)> =
        tokens.iter().filter_map(|(token, id)| Some((bytes_of(token)?, *id))).collect();
    let ids: HashMap<&str, u32> = tokens.iter().map(|(token, id)| (token.as_ref(), *id)).collect();
    let mut pairs = Vec::new();
    let mut joined = String::new();
    for (rank, (left, right)) in merges.enumerate() {
        joined.clear();
        joined.push_str(left);
        joined.push_str(right);
        let id = |token: &str| {
            ids.get(token).copied().ok_or_else(|| format!("`{token}` is merged but is not in the vocabulary"))
        };
        pairs.push((id(left)?, id(right)?, rank as u32, id(&joined)?));
    }
    if pairs.len() > HIGHEST as usize {
        return Err("there are too many merges".to_owned());
    }
    Ok(Bpe::new(Vocab::new(&spelled), &pairs, whole))
}
