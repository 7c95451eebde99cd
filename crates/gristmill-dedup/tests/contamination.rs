//! The index and the scanner against the plainest way to say the same.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use gristmill_core::{
    Batch, Chunk, ChunkBody, Cutter, Failure, ID_COLUMN, OpenTable, Parser, Progress, Source, StepTrace,
};
use gristmill_dedup::contamination::index::Index;
use gristmill_dedup::contamination::rules::{Fields, Rule, Settings};
use gristmill_dedup::contamination::scan::Scanner;
use gristmill_dedup::contamination::tokens::TokenKind;
use proptest::prelude::*;

/// Files with a text a line, line ends escaped.
struct Lines;

struct Once(Option<RecordBatch>);

impl Cutter for Once {
    fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        let chunk = |rows| Chunk { input: "lines".into(), address: 0, body: ChunkBody::Columns(rows) };
        Ok(self.0.take().map(chunk))
    }

    fn progress(&self) -> Progress {
        Progress::default()
    }
}

impl Parser for Once {
    fn parse(&self, chunk: Chunk, _: &mut StepTrace) -> Result<Batch, Failure> {
        match chunk.body {
            ChunkBody::Columns(rows) => Batch::new(rows),
            _ => Batch::new(self.0.clone().unwrap()),
        }
    }
}

impl OpenTable for Lines {
    fn open(path: &str) -> Result<Source, Failure> {
        let lines = std::fs::read_to_string(path).unwrap();
        let texts: Vec<String> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let ids: ArrayRef =
            Arc::new((0..texts.len()).map(|n| Some(format!("lines:{n}"))).collect::<StringArray>());
        let texts: ArrayRef = Arc::new(texts.into_iter().map(Some).collect::<StringArray>());
        let rows = RecordBatch::try_from_iter_with_nullable([(ID_COLUMN, ids, false), ("text", texts, true)])
            .unwrap();
        let schema = rows.schema();
        Ok(Source { cutter: Box::new(Once(Some(rows))), parser: Arc::new(Once(None)), schema })
    }
}

fn settings(path: &str, tokens: TokenKind, (n, min_words, min_chars): (usize, usize, usize)) -> Settings {
    Settings {
        benchmarks: vec![path.to_owned()],
        fields: Fields::default(),
        tokens,
        rules: vec![Rule::Substring, Rule::Ngram, Rule::Short],
        n,
        min_words,
        min_chars,
    }
}

/// A character of a normal form, with the bytes it comes from.
type Placed = (char, Range<usize>);

fn normal(text: &str) -> Vec<Placed> {
    let mut out: Vec<Placed> = Vec::new();
    let mut blank = false;
    for (at, char) in text.char_indices() {
        let origin = at..at + char.len_utf8();
        if char.is_whitespace() {
            if blank {
                out.last_mut().unwrap().1.end = origin.end;
            } else {
                out.push((' ', origin));
            }
            blank = true;
            continue;
        }
        blank = false;
        let small: String = char.to_lowercase().collect();
        let folded = if char == 'ı' {
            small
        } else {
            small.to_uppercase().chars().flat_map(char::to_lowercase).collect()
        };
        out.extend(folded.chars().map(|folded| (folded, origin.clone())));
    }
    out
}

fn tokens(kind: TokenKind, normal: &[Placed]) -> Vec<(String, Range<usize>)> {
    let holds = |char: char| {
        char.is_ascii_alphanumeric() || char == '_' || (kind == TokenKind::Words && char.is_alphanumeric())
    };
    let mut out: Vec<(String, Range<usize>)> = Vec::new();
    for (at, (char, _)) in normal.iter().enumerate() {
        match out.last_mut().filter(|(_, range)| range.end == at) {
            Some((token, range)) if holds(*char) => {
                token.push(*char);
                range.end = at + 1;
            }
            _ if holds(*char) => out.push((char.to_string(), at..at + 1)),
            _ => {}
        }
    }
    out
}

fn is_word(kind: TokenKind, token: &str) -> bool {
    let letter = |c: char| if kind == TokenKind::Code { c.is_ascii_alphabetic() } else { c.is_alphabetic() };
    token.chars().count() >= 3 && token.chars().all(letter)
}

type Found = (usize, Rule, Range<usize>);

/// Every place is tried with every item.
fn naively(settings: &Settings, items: &[String], text: &str) -> Vec<Found> {
    let row = normal(text);
    let row_tokens = tokens(settings.tokens, &row);
    let mut found = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let item = normal(item.trim());
        let mut ranges: Vec<(Rule, Range<usize>)> = Vec::new();
        if item.len() >= settings.min_chars {
            let same = |at: usize| row[at..at + item.len()].iter().zip(&item).all(|(a, b)| a.0 == b.0);
            let places = (0..(row.len() + 1).saturating_sub(item.len())).filter(|&at| same(at));
            ranges.extend(places.map(|at| (Rule::Substring, at..at + item.len())));
        }
        let item_tokens = tokens(settings.tokens, &item);
        let count = item_tokens.len();
        let (rule, length) =
            if count >= settings.n { (Rule::Ngram, settings.n) } else { (Rule::Short, count) };
        if count >= 3 {
            for run in item_tokens.windows(length) {
                let words = run.iter().filter(|(token, _)| is_word(settings.tokens, token)).count();
                if rule == Rule::Ngram && words < settings.min_words {
                    continue;
                }
                for window in row_tokens.windows(length) {
                    if window.iter().zip(run).all(|(a, b)| a.0 == b.0) {
                        ranges.push((rule, window[0].1.start..window[length - 1].1.end));
                    }
                }
            }
        }
        ranges.sort_by_key(|(rule, range)| (*rule, range.start, range.end));
        let mut merged: Vec<(Rule, Range<usize>)> = Vec::new();
        for (rule, range) in ranges {
            match merged.last_mut() {
                Some((last, held)) if *last == rule && range.start < held.end => {
                    held.end = held.end.max(range.end);
                }
                _ => merged.push((rule, range)),
            }
        }
        let origin = |range: Range<usize>| row[range.start].1.start..row[range.end - 1].1.end;
        found.extend(merged.into_iter().map(|(rule, range)| (number, rule, origin(range))));
    }
    found.sort_by_key(|(item, rule, place)| (place.start, *rule, *item, place.end));
    found
}

const PIECES: [&str; 22] = [
    "a", "A", "b", "ab", "abc", "ABC", "xyz", "1", "_", " ", " ", "  ", "\n", "\u{a0}", "-", ".", "ß", "SS",
    "ſ", "\u{212a}", "É", "漢",
];

fn text(longest: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(0..PIECES.len(), 0..longest)
        .prop_map(|pieces| pieces.into_iter().map(|piece| PIECES[piece]).collect())
}

/// A text with a piece of an item in the middle.
fn row(items: Vec<String>) -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    let piece = (0..items.len(), 0..20_usize, 0..40_usize, text(6), text(6));
    let rows = proptest::collection::vec(piece, 1..4).prop_map({
        let items = items.clone();
        move |pieces| {
            let middle = |(item, skip, take, before, after): (usize, usize, usize, String, String)| {
                let middle: String = items[item].chars().skip(skip / 4).take(take).collect();
                format!("{before}{middle}{after}")
            };
            pieces.into_iter().map(middle).collect()
        }
    });
    (Just(items), rows)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn hits_are_those_of_plain_comparison(
        (items, rows) in proptest::collection::vec(text(24), 1..6).prop_flat_map(row),
        words in any::<bool>(),
        n in 3..6_usize,
        min_words in 0..3_usize,
        min_chars in 1..9_usize,
    ) {
        let kind = if words { TokenKind::Words } else { TokenKind::Code };
        let file = tempfile::NamedTempFile::new().unwrap();
        let lines: Vec<String> = items.iter().map(|item| serde_json::to_string(item).unwrap() + "\n").collect();
        std::fs::write(file.path(), lines.concat()).unwrap();
        let settings = settings(file.path().to_str().unwrap(), kind, (n, min_words, min_chars));
        let index = match Index::read::<Lines>(&settings) {
            Ok(index) => index,
            Err(failure) => {
                prop_assert_eq!(failure.code(), "GM_DEDUP_BENCHMARK_EMPTY");
                prop_assert!(items.iter().all(|item| naively(&settings, &items, item).is_empty()));
                return Ok(());
            }
        };
        let mut scanner = Scanner::new(&index);
        for row in rows.iter().chain(&items) {
            let found: Vec<Found> = scanner
                .scan(row)
                .iter()
                .map(|hit| (index.label(hit.item)[6..].parse().unwrap(), hit.rule, hit.place.clone()))
                .collect();
            prop_assert_eq!(found, naively(&settings, &items, row), "{:?} in {:?}", items, row);
        }
    }
}

fn cases() -> u32 {
    std::env::var("CONTAMINATION_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
}
