//! Has the system put a long file on the disk while more of it comes, so that the sync at its end finds little left.

use std::fs::File;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Bytes between two times.
const EVERY: u64 = 8 << 20;

/// A thread that syncs one file now and then; a short file has none.
pub struct EarlySync {
    file: Option<File>,
    thread: Option<(SyncSender<()>, JoinHandle<io::Result<()>>)>,
    waiting: u64,
}

impl EarlySync {
    /// For a file of which nothing is written yet.
    pub fn of(file: &File) -> io::Result<Self> {
        Ok(Self { file: Some(file.try_clone()?), thread: None, waiting: 0 })
    }

    /// Says that so many bytes more were written.
    pub fn wrote(&mut self, bytes: u64) -> io::Result<()> {
        self.waiting += bytes;
        if self.waiting < EVERY {
            return Ok(());
        }
        if let Some(file) = self.file.take() {
            let (ask, asked) = sync_channel(1);
            let work = move || asked.iter().try_for_each(|()| file.sync_data());
            self.thread = Some((ask, Builder::new().name("gristmill-sync".to_owned()).spawn(work)?));
        }
        // While it is at work it is asked again with the next bytes.
        if let Some((ask, _)) = &self.thread
            && ask.try_send(()).is_ok()
        {
            self.waiting = 0;
        }
        Ok(())
    }

    /// Waits for what was begun; a sync that failed is told, for it must not be tried again.
    pub fn end(self) -> io::Result<()> {
        let Some((ask, thread)) = self.thread else { return Ok(()) };
        drop(ask);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("a sync panicked")))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{EVERY, EarlySync};

    #[test]
    fn only_a_long_file_has_a_thread_and_the_end_waits_for_it() {
        let mut file = tempfile::tempfile().unwrap();
        let mut sync = EarlySync::of(&file).unwrap();
        let bytes = vec![7; EVERY as usize / 2];
        for round in 1..6 {
            file.write_all(&bytes).unwrap();
            sync.wrote(bytes.len() as u64).unwrap();
            assert_eq!(sync.thread.is_some(), round > 1);
        }
        sync.end().unwrap();
        assert_eq!(file.metadata().unwrap().len(), bytes.len() as u64 * 5);
    }
}
