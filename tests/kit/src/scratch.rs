//! A directory of one's own, and ports.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, net, process};

/// A new directory that only we can read, removed when dropped. Its path is short enough for a
/// Unix socket in it (107 bytes).
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes one; `name` tells it from others while looking around.
    ///
    /// # Panics
    /// When the directory for temporary files is not writable.
    #[must_use]
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("sotto-{}-{number}-{name}", process::id()));
        // Left over from an earlier process of the same number.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the directory for temporary files is writable");
        private(&path);
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    #[must_use]
    pub fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }

    /// Makes a directory in it, readable by us alone, with those above it.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn directory(&self, name: impl AsRef<Path>) -> PathBuf {
        let path = self.file(name);
        fs::create_dir_all(&path).expect("a directory can be made in our own");
        private(&path);
        path
    }

    /// Writes a file, with the directories above it.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name);
        fs::create_dir_all(path.parent().unwrap()).expect("a directory can be made in our own");
        fs::write(&path, text).expect("a file can be written to our own directory");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).expect("it is our own");
}

/// TCP ports of the loopback that nobody used a moment ago, all different.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let listeners: [net::TcpListener; COUNT] =
        std::array::from_fn(|_| net::TcpListener::bind("127.0.0.1:0").expect("a port is free"));
    listeners.map(|listener| listener.local_addr().unwrap().port())
}
