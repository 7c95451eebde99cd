//! Work of training on several threads; what comes out never depends on how many.

/// Runs `work` on so many threads, each with its number; results in their order.
pub(crate) fn on_each<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let work = &work;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1)).map(|thread| scope.spawn(move || work(thread))).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// Sorts; equal things may change places.
pub(super) fn sort<T: Ord + Send>(all: &mut [T], threads: usize) {
    let piece = all.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        for piece in all.chunks_mut(piece) {
            scope.spawn(|| piece.sort_unstable());
        }
    });
    // Merges the sorted pieces.
    all.sort();
}
