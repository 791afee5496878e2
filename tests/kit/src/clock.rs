//! A clock of a program's own (libfaketime), which can be set while it runs.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::Scratch;

/// The clock that a program is given.
#[derive(Debug)]
pub(crate) struct OwnClock {
    file: PathBuf,
}

impl OwnClock {
    /// One that is right, as long as it is not set.
    pub(crate) fn in_folder(folder: &Scratch) -> Self {
        Self { file: folder.write("clock", "+0") }
    }

    /// Sets it so far ahead of ours, such as `+2h`.
    pub(crate) fn set(&self, ahead: &str) {
        fs::write(&self.file, ahead).expect("a file in a folder of ours");
    }

    /// Has a program that is about to start go by it.
    pub(crate) fn give_to(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", library())
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("FAKETIME_DONT_RESET", "1");
    }
}

/// Where Debian keeps it.
fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").expect("Linux").filter_map(Result::ok);
    folders
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.exists())
        .expect("libfaketime is not installed, and this story needs it: run tests/run --setup")
}
