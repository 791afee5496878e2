//! Reads other programs' files with care: regular ones of limited length, in wiped memory.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::message::ImportError;

/// The longest file that is read. Pidgin keeps pictures among its accounts.
pub(super) const BYTES_MAX: u64 = 8 << 20;

/// The most entries of a folder that are looked at.
const ENTRIES_MAX: usize = 10_000;

/// Reads a file; `None` if there is none. A link is followed, but only to a regular file.
///
/// # Errors
/// [`ImportError::Unreadable`], also for what is no regular file: opening a FIFO would wait.
/// [`ImportError::Damaged`] beyond [`BYTES_MAX`].
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, ImportError> {
    let length = match fs::metadata(path) {
        Ok(found) if found.is_file() => found.len(),
        Err(error) if is_absent(&error) => return Ok(None),
        Ok(_) | Err(_) => return Err(ImportError::Unreadable),
    };
    if length > BYTES_MAX {
        return Err(ImportError::Damaged);
    }
    // With all its room from the start: growing would leave parts behind in freed memory.
    let room = usize::try_from(length).unwrap_or_default().saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    let file = File::open(path).map_err(|_| ImportError::Unreadable)?;
    let read = file.take(BYTES_MAX + 1).read_to_end(&mut bytes);
    let read = read.map_err(|_| ImportError::Unreadable)?;
    if u64::try_from(read).is_ok_and(|read| read <= BYTES_MAX) {
        Ok(Some(bytes))
    } else {
        Err(ImportError::Damaged)
    }
}

/// What is in a folder, in order; nothing if there is none.
///
/// # Errors
/// [`ImportError::Unreadable`].
pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(_) => return Err(ImportError::Unreadable),
    };
    let entries = entries.take(ENTRIES_MAX).filter_map(Result::ok);
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort_unstable();
    Ok(paths)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_as_long_as_the_limit_and_no_longer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        let file = File::create(&path).unwrap();
        file.set_len(BYTES_MAX).unwrap();
        let bytes = read(&path).unwrap().unwrap();
        assert_eq!(bytes.len() as u64, BYTES_MAX);
        assert_eq!(bytes.capacity(), bytes.len() + 1);
        file.set_len(BYTES_MAX + 1).unwrap();
        assert_eq!(read(&path), Err(ImportError::Damaged));
        file.set_len(1 << 40).unwrap();
        assert_eq!(read(&path), Err(ImportError::Damaged));
    }

    #[test]
    fn what_is_absent_is_no_trouble_and_what_is_no_file_is() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("none")), Ok(None));
        assert_eq!(read(folder.path()), Err(ImportError::Unreadable));
        let path = folder.path().join("file");
        File::create(&path).unwrap();
        assert_eq!(read(&path.join("inside")), Ok(None));
        assert_eq!(list(&path), Ok(Vec::new()));
        assert_eq!(list(&folder.path().join("none")), Ok(Vec::new()));
        assert_eq!(list(folder.path()), Ok(vec![path]));
    }

    #[cfg(unix)]
    #[test]
    fn neither_a_fifo_nor_a_device_is_opened_not_even_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        assert_eq!(read(&fifo), Err(ImportError::Unreadable));
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        assert_eq!(read(&link), Err(ImportError::Unreadable));
    }
}
