//! What rows are compared with, built once from all benchmarks: a table of keys of runs of tokens, each with the places
//! where the run stands word for word, so that a hit is never one of hashes alone.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use aho_corasick::AhoCorasick;
use gristmill_core::{Failure, OpenTable};

use super::case::CaseFold;
use super::items::{Item, names, read_items};
use super::normal::normal_form;
use super::rules::{FEWEST_TOKENS, Rule, Settings};
use super::tokens::{TokenKind, hash_token, run_keys, token_places};
use crate::failure::DedupFailure;

/// Items that are told for a piece that more of them share.
const SHARED_BY: usize = 8;
/// Bits of the filter for each key: about 3 of 100 keys that are not there pass it.
const BITS_A_KEY: usize = 32;
const LARGEST_FILTER: u32 = 28;
/// Tokens inside a text by which it is found; the most of these that it has.
const ANCHORS: [usize; 2] = [5, 3];

/// What a key leads to.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// A run of tokens.
    Run {
        /// What a hit is then.
        rule: Rule,
        /// Number of the item.
        item: u32,
        /// First byte of the run in the spelled-out tokens.
        at: u32,
        /// Tokens of the run.
        length: u8,
    },
    /// A text that holds the run.
    Text {
        /// Number of the text.
        text: u32,
        /// Byte of the text at which the run begins.
        offset: u32,
    },
}

/// A text that counts as a whole, in its normal form.
struct Text {
    item: u32,
    normal: Box<str>,
}

/// How a benchmark is covered by the rules.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Name of the file.
    pub file: String,
    /// Its items.
    pub items: u64,
    /// Items with a run that counts.
    pub ngram: u64,
    /// Items with a text that counts as a whole.
    pub substring: u64,
    /// Items that are looked for by all their tokens, since they are short.
    pub short: u64,
    /// Texts below the floor.
    pub below_floor: u64,
    /// Items that no rule can find.
    pub untested: Vec<String>,
}

/// All benchmarks.
pub struct Index {
    /// What tokens are.
    pub kind: TokenKind,
    /// How case is folded.
    pub case: CaseFold,
    /// Names of the items.
    items: Vec<String>,
    /// Lengths of the runs that have keys.
    lengths: Vec<usize>,
    filter: Vec<u64>,
    shift: u32,
    /// Ascending, each once.
    keys: Vec<u64>,
    /// For each key the first of its places; then their number.
    starts: Vec<u32>,
    places: Vec<Place>,
    /// The tokens of the items, a blank behind each, a line end behind the last.
    spelled: String,
    texts: Vec<Text>,
    /// Texts with too few tokens for a key, and their numbers.
    rest: Option<(AhoCorasick, Vec<u32>)>,
    /// How each benchmark is covered.
    pub coverage: Vec<Coverage>,
}

#[derive(Default)]
struct Building {
    keyed: Vec<(u64, Place)>,
    items: Vec<String>,
    spelled: String,
    texts: Vec<Text>,
    /// How many items have brought a text.
    copies: HashMap<Box<str>, usize>,
    lengths: BTreeSet<usize>,
}

impl Index {
    /// Reads all benchmarks.
    ///
    /// # Errors
    /// Those of [`read_items`], `GM_DEDUP_BENCHMARK_EMPTY`, `GM_DEDUP_BENCHMARK_TOO_LARGE`.
    pub fn read<T: OpenTable>(settings: &Settings) -> Result<Self, Failure> {
        let case = CaseFold::default();
        let mut building = Building::default();
        let mut all = Vec::new();
        for (path, name) in settings.benchmarks.iter().zip(names(&settings.benchmarks)) {
            let mut coverage = Coverage { file: name.clone(), ..Coverage::default() };
            read_items::<T>(path, &name, &settings.fields, &mut |item| {
                building.add(settings, &case, item, &mut coverage)?;
                Ok(())
            })?;
            if coverage.items == coverage.untested.len() as u64 {
                return Err(DedupFailure::BenchmarkEmpty { path: path.clone(), items: coverage.items }.into());
            }
            all.push(coverage);
        }
        building.finish(settings, case, all)
    }

    /// The name of an item.
    #[must_use]
    pub fn label(&self, item: u32) -> &str {
        &self.items[item as usize]
    }

    /// Lengths of the runs that have keys.
    #[must_use]
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The places of a key.
    #[must_use]
    pub fn places(&self, key: u64) -> &[Place] {
        let bit = key >> self.shift;
        if self.filter[(bit / 64) as usize] >> (bit % 64) & 1 == 0 {
            return &[];
        }
        let Ok(at) = self.keys.binary_search(&key) else { return &[] };
        &self.places[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// Whether tokens of a normal form are those that are spelled out from a byte on.
    #[must_use]
    pub fn spells(&self, at: u32, normal: &str, tokens: &[Range<u32>]) -> bool {
        let mut rest = &self.spelled[at as usize..];
        for token in tokens {
            let Some(after) = rest.strip_prefix(&normal[token.start as usize..token.end as usize]) else {
                return false;
            };
            let Some(next) = after.strip_prefix(' ') else { return false };
            rest = next;
        }
        true
    }

    /// The item of a text, and the text.
    #[must_use]
    pub fn text(&self, text: u32) -> (u32, &str) {
        let text = &self.texts[text as usize];
        (text.item, &text.normal)
    }

    /// Whether some texts can only be found by reading all of a row.
    #[must_use]
    pub const fn has_rest(&self) -> bool {
        self.rest.is_some()
    }

    /// Gives `each` the texts without keys that stand in a normal form, and where.
    pub fn find_rest(&self, normal: &str, mut each: impl FnMut(u32, Range<usize>)) {
        let Some((finder, texts)) = &self.rest else { return };
        for found in finder.find_overlapping_iter(normal) {
            each(texts[found.pattern().as_usize()], found.range());
        }
    }
}

impl Building {
    fn add(
        &mut self,
        settings: &Settings,
        case: &CaseFold,
        item: Item,
        coverage: &mut Coverage,
    ) -> Result<(), DedupFailure> {
        let number = self.items.len() as u32;
        let (ngram, short) = self.add_tokens(settings, case, number, &item.texts)?;
        let mut substring = false;
        if settings.has(Rule::Substring) {
            for whole in &item.wholes {
                let normal = normal_form(case, whole);
                if normal.chars().count() >= settings.min_chars.max(1) {
                    self.add_text(number, normal);
                    substring = true;
                } else if !normal.is_empty() {
                    coverage.below_floor += 1;
                }
            }
        }
        coverage.items += 1;
        coverage.ngram += u64::from(ngram);
        coverage.short += u64::from(short);
        coverage.substring += u64::from(substring);
        if !(ngram || short || substring) {
            coverage.untested.push(item.label.clone());
        }
        self.items.push(item.label);
        Ok(())
    }

    /// Says whether the item has runs that count, and whether it is one short run.
    fn add_tokens(
        &mut self,
        settings: &Settings,
        case: &CaseFold,
        item: u32,
        texts: &[String],
    ) -> Result<(bool, bool), DedupFailure> {
        let normal = normal_form(case, &texts.join("\n"));
        let mut places = Vec::new();
        token_places(settings.tokens, &normal, &mut places);
        let tokens: Vec<&str> =
            places.iter().map(|place| &normal[place.start as usize..place.end as usize]).collect();
        let short = tokens.len() < settings.n;
        let counts = if short { Rule::Short } else { Rule::Ngram };
        if tokens.len() < FEWEST_TOKENS || !settings.has(counts) {
            return Ok((false, false));
        }
        let mut starts = Vec::with_capacity(tokens.len());
        for token in &tokens {
            starts.push(u32::try_from(self.spelled.len()).map_err(|_| DedupFailure::BenchmarkTooLarge)?);
            self.spelled.push_str(token);
            self.spelled.push(' ');
        }
        self.spelled.push('\n');
        let hashes: Vec<u64> = tokens.iter().map(|token| hash_token(token)).collect();
        let length = if short { tokens.len() } else { settings.n };
        let mut any = false;
        run_keys(&hashes, length, |at, key| {
            let run = &tokens[at..at + length];
            let words = run.iter().filter(|token| settings.tokens.is_word(token)).count();
            if short || words >= settings.min_words {
                let place = Place::Run { rule: counts, item, at: starts[at], length: length as u8 };
                self.keyed.push((key, place));
                any = true;
            }
        });
        if any {
            self.lengths.insert(length);
        }
        Ok((any && !short, any && short))
    }

    fn add_text(&mut self, item: u32, normal: String) {
        let normal = normal.into_boxed_str();
        let copies = self.copies.entry(normal.clone()).or_default();
        *copies += 1;
        if *copies <= SHARED_BY {
            self.texts.push(Text { item, normal });
        }
    }

    fn finish(
        mut self,
        settings: &Settings,
        case: CaseFold,
        coverage: Vec<Coverage>,
    ) -> Result<Index, Failure> {
        let rest = self.anchor(settings);
        let finder = (!rest.is_empty()).then(|| {
            let texts = rest.iter().map(|&text| self.texts[text as usize].normal.as_bytes());
            AhoCorasick::new(texts).map_err(|_| DedupFailure::BenchmarkTooLarge)
        });
        let finder = finder.transpose()?.map(|finder| (finder, rest));
        let mut keyed = self.keyed;
        // Stable: places of a key stay in the order of the items.
        keyed.sort_by_key(|(key, _)| *key);
        let (mut keys, mut starts, mut places) = (Vec::new(), vec![0], Vec::new());
        for group in keyed.chunk_by(|a, b| a.0 == b.0) {
            keys.push(group[0].0);
            keep_some(group, &self.spelled, &mut places);
            starts.push(u32::try_from(places.len()).map_err(|_| DedupFailure::BenchmarkTooLarge)?);
        }
        let bits = (keys.len() * BITS_A_KEY).next_power_of_two().trailing_zeros().clamp(6, LARGEST_FILTER);
        let shift = u64::BITS - bits;
        let mut filter = vec![0_u64; 1 << (bits - 6)];
        for key in &keys {
            let bit = key >> shift;
            filter[(bit / 64) as usize] |= 1 << (bit % 64);
        }
        Ok(Index {
            kind: settings.tokens,
            case,
            items: self.items,
            lengths: self.lengths.into_iter().collect(),
            filter,
            shift,
            keys,
            starts,
            places,
            spelled: self.spelled,
            texts: self.texts,
            rest: finder,
            coverage,
        })
    }

    /// Gives each text the key of a run inside it, one that few other texts have. Returns texts with too few tokens.
    fn anchor(&mut self, settings: &Settings) -> Vec<u32> {
        let mut counts: HashMap<u64, u32> = HashMap::new();
        for text in &self.texts {
            let (length, inside) = inside(settings, &text.normal);
            run_keys(&hashes(&text.normal, &inside), length, |_, key| *counts.entry(key).or_default() += 1);
        }
        let mut rest = Vec::new();
        for (text, number) in self.texts.iter().zip(0_u32..) {
            let (length, inside) = inside(settings, &text.normal);
            let mut rarest = (u32::MAX, 0, 0);
            run_keys(&hashes(&text.normal, &inside), length, |at, key| {
                let count = counts.get(&key).copied().unwrap_or_default();
                if count < rarest.0 {
                    rarest = (count, key, inside[at].start);
                }
            });
            if rarest.0 == u32::MAX {
                rest.push(number);
            } else {
                self.lengths.insert(length);
                self.keyed.push((rarest.1, Place::Text { text: number, offset: rarest.2 }));
            }
        }
        rest
    }
}

/// The tokens of a text but for those at its ends, which may be parts of longer ones where it stands in a row; and
/// the length of runs of them that have keys, 0 where there are too few.
fn inside(settings: &Settings, normal: &str) -> (usize, Vec<Range<u32>>) {
    let mut places = Vec::new();
    token_places(settings.tokens, normal, &mut places);
    places.retain(|place| place.start > 0 && (place.end as usize) < normal.len());
    let length = [settings.n].into_iter().chain(ANCHORS).filter(|&length| length <= places.len()).max();
    (length.unwrap_or_default(), places)
}

fn hashes(normal: &str, places: &[Range<u32>]) -> Vec<u64> {
    places.iter().map(|place| hash_token(&normal[place.start as usize..place.end as usize])).collect()
}

/// Keeps the places of one key: of a run once an item, and not of more items than are told.
fn keep_some(group: &[(u64, Place)], spelled: &str, places: &mut Vec<Place>) {
    let mut kept: Vec<(&str, Rule, u32)> = Vec::new();
    for &(_, place) in group {
        if let Place::Run { rule, item, at, length } = place {
            let run = spelled_run(&spelled[at as usize..], length);
            let same = kept.iter().filter(|(other, of, _)| (*other, *of) == (run, rule));
            if same.clone().count() >= SHARED_BY || same.clone().any(|(_, _, other)| *other == item) {
                continue;
            }
            kept.push((run, rule, item));
        }
        places.push(place);
    }
}

/// So many tokens of what is spelled out.
fn spelled_run(spelled: &str, length: u8) -> &str {
    let ends = spelled.match_indices(' ').nth(usize::from(length).saturating_sub(1));
    &spelled[..ends.map_or(spelled.len(), |(end, _)| end)]
}
