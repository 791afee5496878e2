//! A disk that is really full: a small one, mounted in a namespace where every user may mount.
//! Without such namespaces set `SOTTO_SKIP_INTEROP=1`.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use sotto_vault::{OutboxRecord, SealedSecrets, SecretId, SecretStore, Vault, VaultError};
use zeroize::Zeroizing;

/// Where the small disk is, for the half of the test that runs on it.
const DISK: &str = "SOTTO_TEST_DISK";

#[test]
fn a_full_disk_takes_nothing_and_loses_nothing() {
    if env::var("SOTTO_SKIP_INTEROP").is_ok_and(|skip| skip == "1") {
        return;
    }
    if let Ok(disk) = env::var(DISK) {
        return on_a_small_disk(Path::new(&disk));
    }
    let disk = tempfile::tempdir().unwrap();
    let mount_and_run = r#"mount -t tmpfs -o size=256k none "$1" && exec "$2" --nocapture"#;
    let status = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", mount_and_run, "sh"])
        .arg(disk.path())
        .arg(env::current_exe().unwrap())
        .env(DISK, disk.path())
        .status()
        .expect("`unshare` must be installed");
    assert!(status.success(), "on the small disk: {status}");
}

fn on_a_small_disk(profile: &Path) {
    let password = SecretId::Password("juliet@capulet.example".to_owned());
    let sealed = Arc::new(SealedSecrets::open(profile, "wherefore").unwrap());
    sealed.save(&password, b"Montague").unwrap();
    let vault = Vault::open(profile, sealed.clone()).unwrap();
    vault.put(&message("first", 1)).unwrap();

    let filler = profile.join("filler");
    fill(&filler);
    assert_eq!(sealed.save(&password, &[7; 9000]), Err(VaultError::DiskFull));
    assert_eq!(vault.put(&message("second", 9000)), Err(VaultError::DiskFull));
    assert_eq!(*sealed.load(&password).unwrap().unwrap(), b"Montague");
    assert_eq!(vault.outbox().unwrap(), [message("first", 1)]);

    // A profile that cannot be made says so, too.
    let refused = SealedSecrets::open(&profile.join("other"), "wherefore").unwrap_err();
    assert_eq!(refused, VaultError::DiskFull);

    drop((vault, sealed));
    let sealed = Arc::new(SealedSecrets::open(profile, "wherefore").unwrap());
    assert_eq!(*sealed.load(&password).unwrap().unwrap(), b"Montague");
    let vault = Vault::open(profile, sealed.clone()).unwrap();
    assert_eq!(vault.outbox().unwrap(), [message("first", 1)]);

    fs::remove_file(filler).unwrap();
    vault.put(&message("second", 9000)).unwrap();
    assert_eq!(vault.outbox().unwrap().len(), 2);
}

/// Takes all the room that is left.
fn fill(path: &Path) {
    let mut filler = File::create(path).unwrap();
    while filler.write_all(&[0; 4096]).is_ok() {}
}

fn message(id: &str, length: usize) -> OutboxRecord {
    OutboxRecord {
        account: "juliet@capulet.example".to_owned(),
        contact: "romeo@montague.example".to_owned(),
        id: id.to_owned(),
        text: Zeroizing::new("x".repeat(length)),
        at: UNIX_EPOCH,
        meant_for: None,
        plain_allowed: false,
        replaces: None,
        failure: None,
        resent: false,
    }
}
