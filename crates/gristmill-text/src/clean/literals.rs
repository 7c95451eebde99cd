//! What a pattern's hits must contain: literals it begins or ends with, so that a user's rule passes the prefilter
//! like a built-in one.

use regex_syntax::hir::literal::{ExtractKind, Extractor, Seq};

use super::prefilter::{ByteSet, Need};

impl Need {
    /// What a row must contain for this pattern to hit; [`Need::always`] where nothing is certain.
    pub fn of_pattern(pattern: &str) -> Self {
        let Ok(hir) = regex_syntax::parse(pattern) else { return Self::always() };
        let literals = |kind| {
            let seq = Extractor::new().kind(kind).extract(&hir);
            shortest(&seq).filter(|&len| len > 0).map(|len| (len, seq))
        };
        let (prefixes, suffixes) = (literals(ExtractKind::Prefix), literals(ExtractKind::Suffix));
        let best = match (prefixes, suffixes) {
            (Some(a), Some(b)) => Some(if b.0 > a.0 { b } else { a }),
            (a, b) => a.or(b),
        };
        let any = best.iter().flat_map(|(_, seq)| seq.literals().unwrap_or_default());
        let any = any.map(|literal| literal.as_bytes().iter().map(|&byte| ByteSet::of(&[byte])).collect());
        Self { any: any.collect(), ..Self::default() }
    }
}

/// Length of the shortest literal of a finite, non-empty set.
fn shortest(seq: &Seq) -> Option<usize> {
    seq.literals()?.iter().map(regex_syntax::hir::literal::Literal::len).min()
}

#[cfg(test)]
mod tests {
    use super::Need;
    use crate::clean::prefilter::Prefilter;

    #[test]
    fn a_pattern_is_asked_only_where_its_literals_are() {
        for (pattern, hits, misses) in [
            (r"\bbuy (now|here)\b", "so BUY, buy here", "but by now"),
            (r"(?i)giveaway", "a GiveAway", "gave away"),
            (r"(?i)kelvin", "\u{212A}elvin", "calvin"),
            (r"[a-z]+\.gg/\w+", "see x.gg/abc", "nothing here, really"),
            (r"^\s*<@", " <@1", "a < @"),
            (r"\d+ robux", "12 robux", "12 dollars"),
        ] {
            let filter = Prefilter::new([&Need::of_pattern(pattern)]);
            assert!(regex::Regex::new(pattern).unwrap().is_match(hits), "{pattern}");
            assert_eq!(filter.mask(hits, true, 0), 1, "{pattern}");
            if pattern != r"[a-z]+\.gg/\w+" {
                assert_eq!(filter.mask(misses, true, 0), 0, "{pattern}");
            }
        }
        for open in [r"\w*", r"a?", r"(?s).", ""] {
            assert_eq!(Prefilter::new([&Need::of_pattern(open)]).mask("", true, 0), 1, "{open}");
        }
    }
}
