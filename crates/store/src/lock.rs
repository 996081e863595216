//! One `serve` per SQLite file: an advisory lock of the operating system beside the database.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// Holds the lock until dropped; the operating system also lets go when the process dies.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
    path: PathBuf,
}

impl FileLock {
    /// Takes the lock of the database at `database`, or says at once that somebody has it.
    ///
    /// # Errors
    /// `WouldBlock` when another process holds it; anything else is the file system's word.
    pub fn take(database: &Path) -> std::io::Result<Self> {
        let mut path = database.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)?;
        rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
        Ok(Self { _file: file, path })
    }

    /// Where the lock lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
