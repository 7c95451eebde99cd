//! Training of unigram models: counted words, seed pieces, expectation maximisation, pruning.
//!
//! The result depends on the counts and the options alone: sums are kept in whole numbers, which add up to the same in
//! whatever order threads come.

mod counts;
mod estimate;
mod finish;
mod options;
mod prune;
mod saved;
mod seed;
mod valid;

pub use counts::WordCounts;
pub use options::TrainOptions;

use super::failure::SpmFailure;
use super::model::SpmModel;

/// Pieces and log probabilities during training; the characters come first and stay.
#[derive(Debug, Clone, Default)]
struct Pieces {
    texts: Vec<String>,
    scores: Vec<f64>,
    chars: usize,
}

/// Trains a unigram model on counted words.
pub fn train(counts: &WordCounts, options: &TrainOptions) -> Result<SpmModel, SpmFailure> {
    options.check()?;
    let base = counts.base();
    let (words, chars) = counts.covered(options);
    if words.is_empty() {
        return Err(SpmFailure::NoText);
    }
    let wanted = finish::learned(options, chars.len())?;
    let mut pieces = seed::pieces(&words, &chars, options);
    let enough = (wanted as f64 * 1.1) as usize;
    loop {
        for _ in 0..options.sub_iterations {
            estimate::step(&mut pieces, &words, options.threads)?;
        }
        if pieces.texts.len() <= enough {
            break;
        }
        prune::step(&mut pieces, &words, enough, options)?;
    }
    finish::model(base, &pieces, &chars, wanted, options)
}
