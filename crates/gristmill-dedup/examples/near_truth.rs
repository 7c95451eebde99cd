//! Does `near_dedup` find what there is to find? Compares every text with every other by its exact set of shingles,
//! with nothing of the step's own code, and holds the clusters that the step made against it:
//! `gristmill near_dedup DOCS.jsonl -o CLUSTERS.jsonl --keep none`, then
//! `cargo run --release -p gristmill-dedup --example near_truth -- DOCS.jsonl CLUSTERS.jsonl [THRESHOLD]`.
#![expect(clippy::print_stdout, reason = "an example prints its figures")]
#![expect(clippy::expect_used, reason = "an example ends where it cannot go on")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

/// Words of a shingle.
const SIZE: usize = 5;

fn rows(path: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("the file can be read");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// Runs of letters, digits and underscores, in lower case.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().flat_map(char::to_lowercase).collect())
        .collect()
}

/// The shingles of a text. A text too short for one stands for itself, without white space and case.
fn shingles(text: &str) -> Vec<String> {
    let words = words(text);
    if words.len() < SIZE {
        let bare = text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase);
        return vec![format!("short {}", bare.collect::<String>())];
    }
    words.windows(SIZE).map(|window| window.join(" ")).collect()
}

fn similarity(a: &[u32], b: &[u32]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0_usize);
    while i < a.len() && j < b.len() {
        both += usize::from(a[i] == b[j]);
        let (left, right) = (a[i] <= b[j], b[j] <= a[i]);
        i += usize::from(left);
        j += usize::from(right);
    }
    both as f64 / (a.len() + b.len() - both) as f64
}

/// All pairs at the threshold.
fn pairs(sets: &[Vec<u32>], threshold: f64) -> Vec<(usize, usize)> {
    // By size: sets of too different sizes cannot be alike.
    let mut order: Vec<usize> = (0..sets.len()).collect();
    order.sort_unstable_by_key(|&at| sets[at].len());
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut found = std::thread::scope(|scope| {
        let work = || {
            let mut found = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(&a) = order.get(at) else { return found };
                let most = (sets[a].len() as f64 / threshold).floor() as usize;
                let others = order[at + 1..].iter().take_while(|&&b| sets[b].len() <= most);
                let alike = others.filter(|&&b| similarity(&sets[a], &sets[b]) >= threshold);
                found.extend(alike.map(|&b| (a.min(b), a.max(b))));
            }
        };
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        handles.into_iter().flat_map(|handle| handle.join().expect("a thread ends")).collect::<Vec<_>>()
    });
    found.sort_unstable();
    found
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

fn main() {
    let mut args = std::env::args().skip(1);
    let docs = rows(&args.next().expect("give a file of JSON lines"));
    let made = rows(&args.next().expect("give the same rows with `near_cluster`"));
    let threshold = args.next().map_or(0.8, |threshold| threshold.parse().expect("a number"));
    assert_eq!(docs.len(), made.len(), "the same rows in both files");
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let sets: Vec<Vec<u32>> = docs
        .iter()
        .map(|doc| {
            let mut set: Vec<u32> = shingles(doc["text"].as_str().expect("a text"))
                .into_iter()
                .map(|shingle| {
                    let next = numbers.len() as u32;
                    *numbers.entry(shingle).or_insert(next)
                })
                .collect();
            set.sort_unstable();
            set.dedup();
            set
        })
        .collect();
    drop(numbers);
    let pairs = pairs(&sets, threshold);
    // What no cluster holds is a cluster of its own.
    let labels: Vec<u64> = (0_u64..)
        .zip(&made)
        .map(|(row, made)| made["near_cluster"].as_u64().unwrap_or((1 << 40) + row))
        .collect();
    let met = pairs.iter().filter(|&&(a, b)| labels[a] == labels[b]).count();
    let mut parents: Vec<usize> = (0..docs.len()).collect();
    for &(a, b) in &pairs {
        let (a, b) = (root(&mut parents, a), root(&mut parents, b));
        parents[a.max(b)] = a.min(b);
    }
    let roots: Vec<usize> = (0..docs.len()).map(|row| root(&mut parents, row)).collect();
    // A cluster of the step is right as far as its rows hang together in truth.
    let mut parts: HashMap<(u64, usize), u64> = HashMap::new();
    let mut wholes: HashMap<u64, u64> = HashMap::new();
    for (&label, &root) in labels.iter().zip(&roots) {
        *parts.entry((label, root)).or_default() += 1;
        *wholes.entry(label).or_default() += 1;
    }
    let two = |rows: u64| rows * (rows - 1) / 2;
    let right: u64 = parts.values().map(|&rows| two(rows)).sum();
    let told: u64 = wholes.values().map(|&rows| two(rows)).sum();
    println!(
        "{} texts, {} pairs at {threshold}: recall {:.4}; {told} pairs in clusters: precision {:.4}",
        docs.len(),
        pairs.len(),
        met as f64 / pairs.len().max(1) as f64,
        right as f64 / told.max(1) as f64,
    );
}
