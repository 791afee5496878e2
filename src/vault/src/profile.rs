//! The directory of one profile: who may read it, who has it open, what it is called.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::VaultError;

/// Digits of a profile's id.
const ID_CHARS: usize = 32;

/// Holds a profile for this process, until dropped or until the process is gone.
#[derive(Debug)]
pub(crate) struct ProfileLock {
    _file: File,
}

impl ProfileLock {
    /// Takes the profile.
    ///
    /// # Errors
    /// [`VaultError::InUse`] if another process, or another vault of this one, has it.
    pub(crate) fn take(profile: &Path) -> Result<Self, VaultError> {
        make(profile)?;
        let file = open_private(&profile.join("sotto.lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(VaultError::InUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

/// What the profile is called where several share a place; made when first asked for.
///
/// # Errors
/// [`VaultError::System`], [`VaultError::DiskFull`].
pub(crate) fn id(profile: &Path) -> Result<String, VaultError> {
    make(profile)?;
    let mut file = open_private(&profile.join("profile.id"))?;
    // Two processes may start at once; the second waits and reads what the first wrote.
    file.lock()?;
    let mut id = String::new();
    file.read_to_string(&mut id)?;
    if id.len() == ID_CHARS && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(id);
    }
    // Empty, or cut short by a crash before anything was kept under it.
    let id = format!("{:032x}", rand::random::<u128>());
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(id.as_bytes())?;
    file.sync_all()?;
    Ok(id)
}

/// Where the database lies.
pub(crate) fn database_in(profile: &Path) -> PathBuf {
    profile.join("sotto.db")
}

/// Whether there is a database. An empty file is what a crash leaves of one being made.
pub(crate) fn is_written(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Gives a database a name under which nothing looks for it and nothing was set aside before, and
/// its journal with it.
pub(crate) fn set_aside(path: &Path) -> io::Result<()> {
    let beside = |tail: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(tail);
        PathBuf::from(name)
    };
    let aside = |number: u32| format!(".set-aside-{number}");
    let free = (1..).find(|number| !beside(&aside(*number)).exists()).unwrap_or_default();
    fs::rename(path, beside(&aside(free)))?;
    match fs::rename(beside("-journal"), beside(&format!("{}-journal", aside(free)))) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => sync_directory_of(path),
    }
}

/// Makes the directory, for its owner only, and those above it.
pub(crate) fn make(profile: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(profile)
}

/// Opens a file to read and write, made for its owner only if it is not there. Keeps what is in it.
pub(crate) fn open_private(path: &Path) -> io::Result<File> {
    private().create(true).truncate(false).open(path)
}

/// Puts `bytes` in place of the file at once and for good: after a crash, or on a full disk, either
/// the old file is there or the new one, never a part of it.
///
/// # Errors
/// Whatever the system says; the old file then stands.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    // One left over by a crash. Not reused: its mode may be anything.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = write_new(&new, bytes).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // The first error is the one to tell; the next attempt removes what this could not.
        let _ = fs::remove_file(&new);
        return written;
    }
    sync_directory_of(path)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private().create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A rename is on the disk only once its directory is. Windows has no such call.
#[cfg(unix)]
fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) => File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(not(unix))]
fn sync_directory_of(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_keeps_its_id_and_two_profiles_differ() {
        let directory = tempfile::tempdir().unwrap();
        let (home, work) = (directory.path().join("home"), directory.path().join("work"));
        let first = id(&home).unwrap();
        assert_eq!(id(&home).unwrap(), first);
        assert_ne!(id(&work).unwrap(), first);
    }

    #[test]
    fn an_id_cut_short_by_a_crash_is_made_anew() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("profile.id"), "0123").unwrap();
        let made = id(directory.path()).unwrap();
        assert_eq!(made.len(), ID_CHARS);
        assert_eq!(id(directory.path()).unwrap(), made);
    }

    #[test]
    fn a_profile_is_held_by_one_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let held = ProfileLock::take(directory.path()).unwrap();
        assert_eq!(ProfileLock::take(directory.path()).unwrap_err(), VaultError::InUse);
        drop(held);
        ProfileLock::take(directory.path()).unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_replaced_stands_and_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        // A directory with something in it: no file can be renamed over it.
        fs::create_dir_all(path.join("inside")).unwrap();
        replace(&path, b"new").unwrap_err();
        assert!(path.join("inside").is_dir());
        assert!(!directory.path().join("file.new").exists());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let profile = directory.path().join("profile");
        id(&profile).unwrap();
        let stale = profile.join("file.new");
        fs::write(&stale, "left over").unwrap();
        fs::set_permissions(&stale, fs::Permissions::from_mode(0o666)).unwrap();
        replace(&profile.join("file"), b"new").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&profile), 0o700);
        assert_eq!(mode(&profile.join("profile.id")), 0o600);
        assert_eq!(mode(&profile.join("file")), 0o600);
    }
}
