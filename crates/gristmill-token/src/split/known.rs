//! Which patterns have a scanner, by their text and by the name of their vocabulary.

use serde_json::{Value, json};

use super::Stage;
use super::cl100k::Cl100k;

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const GPT2_GROUPED: &str = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const GPT2_POSSESSIVE: &str =
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s";
const CL100K: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const CL100K_POSSESSIVE: &str = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s";
/// As the one before, in words that every regex engine understands alike.
const CL100K_PLAIN: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+\z|\s*[\r\n]+|\s+(?!\S)|\s+";
const CL100K_EARLY: &str = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+";
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN_MARKS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const O200K: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const DEEPSEEK: &str = r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##;
const CHINESE: &str = "[一-龥\u{3040}-ゟ゠-ヿ]+";

/// The scanner of a pattern that keeps matches and gaps; nothing if it has none.
pub(crate) fn known(pattern: &str) -> Option<Stage> {
    let cl100k = |digits, marks, whole_tail| Stage::Cl100k(Cl100k { digits, marks, whole_tail });
    Some(match pattern {
        GPT2 | GPT2_GROUPED | GPT2_POSSESSIVE => Stage::Gpt2,
        CL100K | CL100K_EARLY => cl100k(3, false, false),
        CL100K_POSSESSIVE | CL100K_PLAIN => cl100k(3, false, true),
        QWEN2 => cl100k(1, false, false),
        QWEN_MARKS => cl100k(1, true, false),
        O200K => Stage::O200k,
        DEEPSEEK => Stage::DeepSeek,
        CHINESE => Stage::Chinese,
        r"\p{N}{1,3}" => Stage::Numbers { most: 3 },
        r"\p{N}" | r"\p{N}{1}" => Stage::Numbers { most: 1 },
        r"\p{N}+" => Stage::Numbers { most: usize::MAX },
        _ => return None,
    })
}

/// A split that goes by a name, for vocabularies that come without a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// GPT-2, `r50k_base`, `p50k_base`.
    Gpt2,
    /// `cl100k_base` as tiktoken splits it.
    Cl100k,
    /// `o200k_base`.
    O200k,
    /// Llama 3.
    Llama3,
    /// Qwen 2.
    Qwen2,
    /// `DeepSeek` V3.
    DeepSeek,
}

impl Preset {
    /// All names, for messages.
    pub const NAMES: &str = "gpt2, cl100k, o200k, llama3, qwen2, deepseek";

    /// The split of a name, which may be that of a vocabulary.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "gpt2" | "r50k_base" | "p50k_base" | "p50k_edit" => Self::Gpt2,
            "cl100k" | "cl100k_base" => Self::Cl100k,
            "o200k" | "o200k_base" | "o200k_harmony" => Self::O200k,
            "llama3" => Self::Llama3,
            "qwen2" | "qwen" => Self::Qwen2,
            "deepseek" => Self::DeepSeek,
            _ => return None,
        })
    }

    fn patterns(self) -> &'static [&'static str] {
        match self {
            Self::Gpt2 => &[GPT2],
            Self::Cl100k => &[CL100K_PLAIN],
            Self::O200k => &[O200K],
            Self::Llama3 => &[CL100K],
            Self::Qwen2 => &[QWEN2],
            Self::DeepSeek => &[r"\p{N}{1,3}", CHINESE, DEEPSEEK],
        }
    }

    pub(crate) fn stages(self) -> Vec<Stage> {
        self.patterns().iter().filter_map(|pattern| known(pattern)).collect()
    }

    /// The pre-tokenisers of a `tokenizer.json` with this split.
    pub(crate) fn pre_tokenizers(self) -> Vec<Value> {
        if self == Self::Gpt2 {
            return vec![Self::bytes(true)];
        }
        let split = |pattern: &&str| json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false});
        let mut parts: Vec<Value> = self.patterns().iter().map(split).collect();
        parts.push(Self::bytes(false));
        parts
    }

    /// The pre-tokeniser that turns bytes into printable characters; with `split` it cuts as GPT-2 does.
    pub(crate) fn bytes(split: bool) -> Value {
        json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": split})
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::split::{Keep, Pattern, Splitter};

    const ALL: [&str; 16] = [
        GPT2,
        GPT2_GROUPED,
        GPT2_POSSESSIVE,
        CL100K,
        CL100K_POSSESSIVE,
        CL100K_PLAIN,
        CL100K_EARLY,
        QWEN2,
        QWEN_MARKS,
        O200K,
        DEEPSEEK,
        CHINESE,
        r"\p{N}{1,3}",
        r"\p{N}",
        r"\p{N}{1}",
        r"\p{N}+",
    ];

    /// Text of the kinds of characters on which splits turn.
    fn texts() -> impl Strategy<Value = String> {
        let pick = prop_oneof![
            8 => prop::sample::select(
                [
                    " ", " ", " ", "  ", "\n", "\r", "\r\n", "\t", "'", "'s", "'S", "'ll", "'Re", "'vE", "'ſ", "'d", "a", "b", "Z", "st", "Hello",
                    "é", "É", "ǅ", "ʰ", "ſ", "K", "中", "ひ", "カ", "ー", "日本", "ไ", "ท", "ั", "\u{301}", "\u{200d}", "\u{fe0f}", "👩", "1", "23", "456", "٣",
                    "Ⅷ", "½", "!", "?", "/", "//", "<", "|", "_", "€", "«", "。", "\u{a0}", "\u{85}", "\u{2028}", "\u{3000}", "\u{feff}", "\u{200b}", "\0", "\u{7f}",
                    "\u{e000}", "\u{378}",
                ]
                .as_slice()
            )
            .prop_map(str::to_owned),
            1 => any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(pick, 0..24).prop_map(|parts| parts.concat())
    }

    fn pieces(splitter: &Splitter, text: &str) -> Vec<String> {
        let mut pieces = Vec::new();
        splitter.split(text, &mut |start, end| pieces.push(text[start..end].to_owned())).unwrap();
        pieces
    }

    fn pairs() -> Vec<(&'static str, Splitter, Splitter)> {
        ALL.iter()
            .map(|pattern| {
                let engine = Stage::Pattern(Box::new(Pattern::new(pattern, Keep::Both).unwrap()));
                (*pattern, Splitter::new(vec![known(pattern).unwrap()]), Splitter::new(vec![engine]))
            })
            .collect()
    }

    #[test]
    fn scanners_cut_where_the_engine_cuts() {
        let pairs = pairs();
        let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
        config.cases = config.cases.max(1500);
        proptest!(config, |(text in texts())| {
            for (pattern, scanner, engine) in &pairs {
                prop_assert_eq!(pieces(scanner, &text), pieces(engine, &text), "{}", pattern);
            }
        });
    }

    #[test]
    fn every_short_string_of_the_turning_characters_is_cut_alike() {
        let alphabet = [" ", "\n", "\t", "'", "s", "A", "中", "\u{301}", "1", "!", "/", "\0"];
        let pairs = pairs();
        for length in 1..=3_u32 {
            for number in 0..alphabet.len().pow(length) {
                let text: String = (0..length)
                    .map(|place| alphabet[number / alphabet.len().pow(place) % alphabet.len()])
                    .collect();
                for (pattern, scanner, engine) in &pairs {
                    assert_eq!(pieces(scanner, &text), pieces(engine, &text), "{pattern} {text:?}");
                }
            }
        }
    }

    #[test]
    fn several_splits_follow_each_other() {
        let splitter = Splitter::new(Preset::DeepSeek.stages());
        assert_eq!(pieces(&splitter, "a1234 日本x!"), ["a", "123", "4", " ", "日本", "x", "!"]);
        assert_eq!(pieces(&Splitter::new(Vec::new()), "a b"), ["a b"]);
    }

    #[test]
    fn names_give_splits() {
        for name in Preset::NAMES.split(", ") {
            assert!(!Preset::named(name).unwrap().stages().is_empty(), "{name}");
        }
        assert_eq!(Preset::named("words"), None);
    }
}
