//! A real keyring: GNOME's, on a session bus of its own, in every state a desktop can have it in.
//! Needs `dbus-run-session`, `dbus-send` and `gnome-keyring-daemon`; set `SOTTO_SKIP_INTEROP=1` to
//! go without.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::env;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use sotto_vault::{KeyringSecrets, SecretId, SecretStore, Vault, VaultError};

/// The home of the desktop that a step runs in.
const HOME: &str = "SOTTO_TEST_HOME";

/// How the daemon is started before a step.
const UNLOCKED: &str =
    r#"printf 'wherefore\n' | gnome-keyring-daemon --unlock --components=secrets"#;
const LOCKED: &str = "gnome-keyring-daemon --start --components=secrets";
const WRONG_PASSWORD: &str =
    r#"printf 'therefore\n' | gnome-keyring-daemon --unlock --components=secrets"#;
const NOT_RUNNING: &str = "export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent";

#[test]
fn an_unlocked_keyring_keeps_secrets_apart_for_each_profile() {
    let home = tempfile::tempdir().unwrap();
    desktop(home.path(), UNLOCKED, "step_save");
    let mut files = vec![];
    collect_files(home.path(), &mut files);
    for file in files {
        let bytes = fs::read(&file).unwrap_or_default();
        let is_there = bytes.windows(8).any(|window| window == b"Montague");
        assert!(!is_there, "{} holds the password", file.display());
    }
    // The keyring is another process now: what is found was kept.
    desktop(home.path(), UNLOCKED, "step_find");
}

#[test]
fn a_locked_keyring_is_told_from_a_missing_one() {
    let home = tempfile::tempdir().unwrap();
    desktop(home.path(), UNLOCKED, "step_save");
    desktop(home.path(), LOCKED, "step_locked");
    desktop(home.path(), WRONG_PASSWORD, "step_locked");
    desktop(home.path(), NOT_RUNNING, "step_missing");
    desktop(home.path(), UNLOCKED, "step_find");
}

#[test]
fn a_keyring_restarted_or_locked_meanwhile_is_noticed() {
    let home = tempfile::tempdir().unwrap();
    desktop(home.path(), UNLOCKED, "step_change");
}

#[test]
fn a_service_without_a_keyring_is_no_keyring() {
    let home = tempfile::tempdir().unwrap();
    desktop(home.path(), LOCKED, "step_missing");
}

/// Runs a step below in a session of its own, which ends with it.
fn desktop(home: &Path, daemon: &str, step: &str) {
    if env::var("SOTTO_SKIP_INTEROP").is_ok_and(|skip| skip == "1") {
        return;
    }
    let runtime = home.join("run");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&runtime).unwrap();
    let script =
        format!(r#"{daemon} >/dev/null && exec "$0" --ignored --exact {step} --nocapture"#);
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", &script])
        .arg(env::current_exe().unwrap())
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_RUNTIME_DIR", &runtime)
        .env(HOME, home)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("`dbus-run-session` must be installed, or SOTTO_SKIP_INTEROP=1 set");
    let [said, warned] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{step} failed:\n{said}\n{warned}");
}

fn collect_files(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect_files(&entry.path(), files);
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
}

fn profile(name: &str) -> PathBuf {
    Path::new(&env::var(HOME).expect("a step of the tests above")).join(name)
}

fn password() -> SecretId {
    SecretId::Password("juliet@capulet.example".to_owned())
}

#[test]
#[ignore = "a step of the tests above"]
fn step_save() {
    let keyring = Arc::new(KeyringSecrets::open(&profile("home")).unwrap());
    assert!(keyring.load(&password()).unwrap().is_none());
    keyring.delete(&password()).unwrap();
    keyring.save(&password(), b"Capulet").unwrap();
    keyring.save(&password(), b"Montague").unwrap();
    let all_bytes: Vec<u8> = (0..=u8::MAX).collect();
    let otr_key = SecretId::OtrKey("juliet@capulet.example".to_owned());
    keyring.save(&otr_key, &all_bytes).unwrap();
    assert_eq!(*keyring.load(&otr_key).unwrap().unwrap(), all_bytes);
    keyring.delete(&otr_key).unwrap();
    assert!(keyring.load(&otr_key).unwrap().is_none());

    let vault = Vault::open(&profile("home"), keyring).unwrap();
    vault.save_setting("language", "de").unwrap();

    let other = KeyringSecrets::open(&profile("work")).unwrap();
    assert!(other.load(&password()).unwrap().is_none());
    other.save(&password(), b"Mercutio").unwrap();
}

#[test]
#[ignore = "a step of the tests above"]
fn step_find() {
    let keyring = Arc::new(KeyringSecrets::open(&profile("home")).unwrap());
    assert_eq!(*keyring.load(&password()).unwrap().unwrap(), b"Montague");
    let vault = Vault::open(&profile("home"), keyring).unwrap();
    assert_eq!(vault.setting("language").unwrap().as_deref(), Some("de"));
    let other = KeyringSecrets::open(&profile("work")).unwrap();
    assert_eq!(*other.load(&password()).unwrap().unwrap(), b"Mercutio");
}

#[test]
#[ignore = "a step of the tests above"]
fn step_locked() {
    assert_eq!(KeyringSecrets::open(&profile("home")).unwrap_err(), VaultError::KeyringLocked);
    assert_eq!(KeyringSecrets::open(&profile("new")).unwrap_err(), VaultError::KeyringLocked);
}

#[test]
#[ignore = "a step of the tests above"]
fn step_missing() {
    assert_eq!(KeyringSecrets::open(&profile("home")).unwrap_err(), VaultError::NoKeyring);
}

#[test]
#[ignore = "a step of the tests above"]
fn step_change() {
    let keyring = KeyringSecrets::open(&profile("home")).unwrap();
    keyring.save(&password(), b"Montague").unwrap();

    run("printf 'wherefore\\n' | gnome-keyring-daemon --replace --unlock --components=secrets");
    assert_eq!(*keyring.load(&password()).unwrap().unwrap(), b"Montague");

    run("dbus-send --session --print-reply --dest=org.freedesktop.secrets \
         /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock \
         array:objpath:/org/freedesktop/secrets/collection/login");
    let new = SecretId::DatabaseKey;
    assert_eq!(keyring.load(&password()), Err(VaultError::KeyringLocked));
    assert_eq!(keyring.save(&password(), b"Capulet"), Err(VaultError::KeyringLocked));
    assert_eq!(keyring.save(&new, b"Capulet"), Err(VaultError::KeyringLocked));
    assert_eq!(keyring.delete(&password()), Err(VaultError::KeyringLocked));
}

fn run(script: &str) {
    let status = Command::new("sh").args(["-c", script]).status().unwrap();
    assert!(status.success(), "{script}: {status}");
}
