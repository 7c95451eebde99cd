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
mod threads;
mod valid;

pub use counts::WordCounts;
pub use options::TrainOptions;
pub(crate) use threads::on_each;

use gristmill_core::{Failure, Finishing};

use super::failure::SpmFailure;
use super::model::SpmModel;

/// Pieces and log probabilities during training; the characters come first and stay.
#[derive(Debug, Clone)]
struct Pieces {
    texts: Vec<String>,
    scores: Vec<f64>,
    chars: usize,
    /// All numbers, by their texts.
    sorted: Vec<u32>,
}

impl Pieces {
    fn new(texts: Vec<String>, scores: Vec<f64>, chars: usize) -> Self {
        let mut sorted: Vec<u32> = (0..texts.len() as u32).collect();
        sorted.sort_unstable_by(|a, b| texts[*a as usize].cmp(&texts[*b as usize]));
        Self { texts, scores, chars, sorted }
    }

    /// Drops pieces, which gives those behind them lower numbers.
    fn keep(&mut self, kept: &[bool]) {
        let mut number = 0;
        let numbers: Vec<u32> = kept
            .iter()
            .map(|kept| {
                number += u32::from(*kept);
                number - u32::from(*kept)
            })
            .collect();
        self.sorted.retain(|id| kept[*id as usize]);
        for id in &mut self.sorted {
            *id = numbers[*id as usize];
        }
        let mut flags = kept.iter();
        self.texts.retain(|_| flags.next().is_some_and(|kept| *kept));
        let mut flags = kept.iter();
        self.scores.retain(|_| flags.next().is_some_and(|kept| *kept));
    }
}

/// Trains a unigram model on counted words.
///
/// # Errors
/// What [`SpmFailure`] says of options and text; `GM_CLOSED` when nobody waits for the model any more.
pub fn train(
    counts: &WordCounts,
    options: &TrainOptions,
    finishing: &Finishing,
) -> Result<SpmModel, Failure> {
    options.check()?;
    let base = counts.base();
    let (words, chars) = counts.covered(options);
    if words.is_empty() {
        return Err(SpmFailure::NoText.into());
    }
    let wanted = finish::learned(options, chars.len())?;
    let mut pieces = seed::pieces(&words, &chars, options);
    let enough = (wanted as f64 * 1.1) as usize;
    let mut progress = Progress::new(finishing, pieces.texts.len(), enough, options);
    progress.step()?;
    loop {
        for _ in 0..options.sub_iterations {
            estimate::step(&mut pieces, &words, options.threads)?;
            progress.step()?;
        }
        if pieces.texts.len() <= enough {
            break;
        }
        prune::step(&mut pieces, &words, enough, options)?;
        progress.step()?;
    }
    Ok(finish::model(base, &pieces, &chars, wanted, options)?)
}

/// Tells how many of the rounds are done that there will be.
struct Progress<'a> {
    finishing: &'a Finishing,
    done: u64,
    rounds: u64,
}

impl<'a> Progress<'a> {
    /// Seeking the seed pieces counts as one round. Estimates drop pieces too, so there may be fewer in the end.
    fn new(finishing: &'a Finishing, pieces: usize, enough: usize, options: &TrainOptions) -> Self {
        let prunings = (pieces as f64 / enough as f64).ln() / (1.0 / options.shrinking_factor).ln();
        let prunings = prunings.ceil().clamp(0.0, 1000.0) as u64;
        let estimates = options.sub_iterations as u64 * (prunings + 1);
        Self { finishing, done: 0, rounds: 1 + prunings + estimates }
    }

    fn step(&mut self) -> Result<(), Failure> {
        self.done += 1;
        self.finishing.tell(self.done, self.rounds.max(self.done));
        self.finishing.go_on()
    }
}
