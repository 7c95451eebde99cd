//! What can be set about training.

use super::super::failure::SpmFailure;

/// Options of training; the defaults are those of the reference.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct TrainOptions {
    /// Pieces of the model, special ones included.
    pub vocab_size: usize,
    /// Share of the text's characters that get a piece of their own; the rarest stay without.
    pub character_coverage: f64,
    /// Whether characters without a piece become bytes.
    pub byte_fallback: bool,
    /// Strings that are always one piece.
    pub user_defined_symbols: Vec<String>,
    /// Marks that never match text.
    pub control_symbols: Vec<String>,
    /// Whether a piece keeps to one script.
    pub split_by_unicode_script: bool,
    /// Whether a piece keeps numbers and letters apart.
    pub split_by_number: bool,
    /// Whether a piece keeps to one word.
    pub split_by_whitespace: bool,
    /// Whether every digit is a piece of its own.
    pub split_digits: bool,
    /// Characters of the longest piece.
    pub max_piece_length: usize,
    /// Whether a space is put in front of the text.
    pub add_dummy_prefix: bool,
    /// Whether runs of spaces become one and outer ones go.
    pub remove_extra_whitespaces: bool,
    /// Whether characters are normalised by NFKC and the rules for white space and controls.
    pub nmt_nfkc: bool,
    /// Pieces to start with.
    pub seed_size: usize,
    /// Share of the pieces that a round of pruning keeps.
    pub shrinking_factor: f64,
    /// Estimations between two rounds of pruning.
    pub sub_iterations: usize,
    /// Whether it is a failure when the text does not yield `vocab_size` pieces.
    pub hard_vocab_limit: bool,
    /// Threads; the model does not depend on them.
    pub threads: usize,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            vocab_size: 32_000,
            character_coverage: 0.9995,
            byte_fallback: false,
            user_defined_symbols: Vec::new(),
            control_symbols: Vec::new(),
            split_by_unicode_script: true,
            split_by_number: true,
            split_by_whitespace: true,
            split_digits: false,
            max_piece_length: 16,
            add_dummy_prefix: true,
            remove_extra_whitespaces: true,
            nmt_nfkc: true,
            seed_size: 1_000_000,
            shrinking_factor: 0.75,
            sub_iterations: 2,
            hard_vocab_limit: true,
            threads: 1,
        }
    }
}

impl TrainOptions {
    pub(crate) fn check(&self) -> Result<(), SpmFailure> {
        let fault = |option, what: &str| Err(SpmFailure::Option { option, what: what.to_owned() });
        if !(self.character_coverage > 0.0 && self.character_coverage <= 1.0) {
            return fault("character_coverage", "is a share above 0 and at most 1");
        }
        if !(self.shrinking_factor > 0.0 && self.shrinking_factor < 1.0) {
            return fault("shrinking_factor", "is a share between 0 and 1");
        }
        if !(1..=512).contains(&self.max_piece_length) {
            return fault("max_piece_length", "is between 1 and 512");
        }
        if self.sub_iterations == 0 || self.seed_size == 0 || self.threads == 0 {
            return fault("sub_iterations, seed_size and threads", "are at least 1");
        }
        let mut seen: Vec<&String> = self.control_symbols.iter().chain(&self.user_defined_symbols).collect();
        if seen.iter().any(|text| text.is_empty() || text.contains('\0')) {
            return fault("control_symbols and user_defined_symbols", "hold an empty string or NUL");
        }
        seen.sort();
        let taken = ["<unk>", "<s>", "</s>"];
        if seen.windows(2).any(|pair| pair[0] == pair[1])
            || seen.iter().any(|text| taken.contains(&text.as_str()))
        {
            return fault("control_symbols and user_defined_symbols", "hold a symbol twice");
        }
        Ok(())
    }
}
