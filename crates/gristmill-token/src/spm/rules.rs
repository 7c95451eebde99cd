//! The character map `nmt_nfkc`, made from the Unicode data: NFKC, with white space and invisible characters as
//! spaces, without control characters, and without touching the full-width tilde.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

use super::charsmap::CharsMap;
use super::failure::SpmFailure;

const SPACES: [char; 14] = [
    '\t', '\n', '\u{C}', '\r', '\u{1680}', '\u{200B}', '\u{200C}', '\u{200E}', '\u{200F}', '\u{2028}',
    '\u{2029}', '\u{2581}', '\u{FEFF}', '\u{FFFD}',
];

/// The compiled map as it stands in a model file. Every training needs it, and it takes a while to make.
pub(crate) fn nmt_nfkc() -> Result<&'static [u8], SpmFailure> {
    static MAP: LazyLock<Option<Vec<u8>>> = LazyLock::new(|| compiled().ok().map(|map| map.write()));
    MAP.as_deref().ok_or(SpmFailure::CharsMap { what: "cannot be compiled" })
}

fn compiled() -> Result<CharsMap, SpmFailure> {
    let mut rules: BTreeMap<String, String> = BTreeMap::new();
    // Characters that decompose to a single one, by that one: sequences may hold either.
    let mut sources: BTreeMap<char, Vec<char>> = BTreeMap::new();
    for char in '\u{1}'..=char::MAX {
        let mut parts = char.nfkd();
        if let (Some(only), None) = (parts.next(), parts.next()) {
            sources.entry(only).or_default().push(char);
        }
    }
    for char in '\u{1}'..=char::MAX {
        let decomposed: Vec<char> = char.nfkd().collect();
        let target: String = char.nfkc().collect();
        if decomposed == [char] && target.chars().eq([char]) {
            continue;
        }
        rules.insert(char.to_string(), target.clone());
        // A target of several characters follows from the rules of its parts.
        if decomposed.len() > 1 && target.chars().nth(1).is_none() {
            expand(&decomposed, &sources, &mut String::new(), &target, &mut rules);
        }
    }
    rules.retain(|key, text| key != text);
    for char in ('\u{1}'..='\u{8}').chain(['\u{B}', '\u{7F}', '\u{8F}', '\u{9F}']).chain('\u{E}'..='\u{1F}') {
        rules.insert(char.into(), String::new());
    }
    for char in SPACES {
        rules.insert(char.into(), " ".into());
    }
    rules.remove("\u{FF5E}");
    CharsMap::compile(&rules.into_iter().collect::<Vec<_>>())
}

/// Adds every sequence whose characters decompose to `rest`.
fn expand(
    rest: &[char],
    sources: &BTreeMap<char, Vec<char>>,
    key: &mut String,
    target: &str,
    rules: &mut BTreeMap<String, String>,
) {
    let Some((first, rest)) = rest.split_first() else {
        rules.insert(key.clone(), target.to_owned());
        return;
    };
    let own = [*first];
    for source in sources.get(first).map_or(&own[..], Vec::as_slice) {
        key.push(*source);
        expand(rest, sources, key, target, rules);
        key.pop();
    }
}
