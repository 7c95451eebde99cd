//! Times packing of lengths alone: `cargo run --release -p gristmill-core --example pack_lengths [COUNT]`.
#![expect(clippy::print_stdout, reason = "an example tells what it found")]

use std::time::Instant;

use gristmill_core::packing::{PackMethod, pack};

fn main() {
    let count: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(100_000);
    for capacity in [2_048_u32, 4_096] {
        // Many short, some long: squares of evenly spread numbers.
        let lengths: Vec<u32> = (0..count)
            .map(|n| {
                let spread = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
                let short = (spread * spread) >> 32;
                1 + ((short * u64::from(capacity - 1)) >> 32) as u32
            })
            .collect();
        let total: u64 = lengths.iter().map(|&n| u64::from(n)).sum();
        for method in [PackMethod::BestFit, PackMethod::NextFit] {
            let mut best = f64::INFINITY;
            let mut blocks = 0;
            for _ in 0..9 {
                let begin = Instant::now();
                blocks = pack(&lengths, capacity, method).count;
                best = best.min(begin.elapsed().as_secs_f64());
            }
            let full = total as f64 / (f64::from(blocks) * f64::from(capacity));
            println!(
                "{capacity} {method:?}: {:.1} M lengths/s, {blocks} blocks, {:.3} % full",
                count as f64 / best / 1e6,
                full * 100.0
            );
        }
    }
}
