//! What goes wrong is told as what it is.
#![expect(clippy::unwrap_used, reason = "a disk that cannot be made fails its story")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use engine::{AccountState, CertificateProblem, OfflineReason, Server, SignInFailure};
use stories::{
    Certificates, Desktop, Keyring, Person, Prosody, Scratch, Setup, XmppServer, program, run,
};

const OPEN_VAULT: &str = env!("CARGO_BIN_EXE_open-vault");

/// How it ends when somebody signs in like this.
fn sign_in(setup: &Setup) -> AccountState {
    let person = Person::start(setup);
    person.open_vault(setup);
    person.ask_to_sign_in(setup);
    person.wait_for_account("should be refused or put off", |state| {
        matches!(state, AccountState::Refused(_) | AccountState::Offline { .. })
    })
}

#[test]
fn a_wrong_password_is_refused_and_not_tried_again() {
    let server = Prosody::start();
    let mut setup = Setup::of("alice", &server);
    setup.password = "wrong horse".to_owned();
    assert_eq!(sign_in(&setup), AccountState::Refused(SignInFailure::WrongPassword));
}

#[test]
fn an_account_that_does_not_exist_is_refused_like_a_wrong_password() {
    let server = Prosody::start();
    let setup = Setup::of("nobody", &server);
    assert_eq!(sign_in(&setup), AccountState::Refused(SignInFailure::WrongPassword));
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused_by_either_way_of_tls() {
    let server = Prosody::start();
    let strangers = Certificates::issue();
    for direct in [false, true] {
        let mut setup = Setup::of("alice", &server);
        if direct {
            setup = setup.by_direct_tls(server.direct_tls_port());
        }
        setup.authorities = vec![strangers.authority()];
        let state = sign_in(&setup);
        let AccountState::Refused(SignInFailure::CertificateRefused { problem, .. }) = state else {
            panic!("the certificate should be refused, but the account is {state:?}");
        };
        assert!(
            matches!(problem, CertificateProblem::UnknownIssuer | CertificateProblem::Invalid),
            "{problem:?}"
        );
    }
}

#[test]
fn a_port_where_nobody_listens_is_unreachable_and_tried_again_later() {
    let server = Prosody::start();
    let setup = Setup::of("alice", &server);
    drop(server);
    let setup = Setup { authorities: Vec::new(), ..setup };
    let state = sign_in(&setup);
    assert!(
        matches!(
            &state,
            AccountState::Offline { reason: OfflineReason::Unreachable { host }, .. }
                if host.contains("127.0.0.1")
        ),
        "{state:?}"
    );
}

#[test]
fn a_host_that_does_not_exist_is_told_by_its_name() {
    let server = Prosody::start();
    let mut setup = Setup::of("alice", &server);
    let host = "nowhere.invalid".to_owned();
    setup.server = Server::At { host, port: server.port(), direct_tls: false };
    let state = sign_in(&setup);
    assert!(
        matches!(
            &state,
            AccountState::Offline { reason: OfflineReason::HostUnknown { host }, .. }
                if host == "nowhere.invalid"
        ),
        "{state:?}"
    );
}

/// Runs `open-vault` as somebody on this desktop.
fn open_vault(desktop: &Desktop, arguments: &[&str]) -> String {
    let profile = desktop.file("profile");
    run(desktop.command(OPEN_VAULT).arg(profile).args(arguments)).trim().to_owned()
}

#[test]
fn an_unlocked_keyring_opens_the_vault_and_opens_it_again() {
    let desktop = Desktop::log_in(Keyring::Unlocked);
    for _ in 0..2 {
        assert!(open_vault(&desktop, &["keyring"]).starts_with("VaultOpened"));
    }
}

#[test]
fn a_locked_keyring_is_told_and_opens_once_it_is_unlocked() {
    let mut desktop = Desktop::log_in(Keyring::Locked);
    assert_eq!(open_vault(&desktop, &["keyring"]), "VaultFailed(KeyringLocked)");
    desktop.unlock_keyring();
    assert!(open_vault(&desktop, &["keyring"]).starts_with("VaultOpened"));
}

#[test]
fn a_desktop_without_a_keyring_is_told_and_a_passphrase_works_there() {
    let desktop = Desktop::log_in(Keyring::Absent);
    assert_eq!(open_vault(&desktop, &["keyring"]), "VaultFailed(NoKeyring)");
    assert!(open_vault(&desktop, &["sealed", "four words that scan"]).starts_with("VaultOpened"));
    let wrong = open_vault(&desktop, &["sealed", "four words that do not"]);
    assert_eq!(wrong, "VaultFailed(WrongPassphrase)");
    assert!(open_vault(&desktop, &["sealed", "four words that scan"]).starts_with("VaultOpened"));
}

#[test]
fn a_profile_whose_key_left_the_keyring_is_told_and_not_overwritten() {
    let mut desktop = Desktop::log_in(Keyring::Unlocked);
    assert!(open_vault(&desktop, &["keyring"]).starts_with("VaultOpened"));
    fs::remove_dir_all(desktop.file("data/keyrings")).unwrap();
    desktop.unlock_keyring();
    for _ in 0..2 {
        assert_eq!(open_vault(&desktop, &["keyring"]), "VaultFailed(KeyMissing)");
    }
}

#[test]
fn a_profile_that_is_open_elsewhere_is_told() {
    let profile = Scratch::new("profile");
    let mut command = Command::new(OPEN_VAULT);
    command.arg(profile.path()).args(["sealed", "four words that scan", "wait"]);
    let mut first = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut opened = String::new();
    BufReader::new(first.stdout.take().unwrap()).read_line(&mut opened).unwrap();
    assert!(opened.starts_with("VaultOpened"), "{opened}");

    let mut command = Command::new(OPEN_VAULT);
    command.arg(profile.path()).args(["sealed", "four words that scan"]);
    assert_eq!(run(&mut command).trim(), "VaultFailed(InUse)");
    drop(first.stdin.take());
    first.wait().unwrap();
}

#[test]
fn a_full_disk_is_told_and_nothing_crashes() {
    let scratch = Scratch::new("disk");
    let disk = scratch.directory("full");
    let answer = on_a_full_disk(&disk, &[OPEN_VAULT, "PROFILE", "sealed", "four words that scan"]);
    assert_eq!(answer.trim(), "VaultFailed(DiskFull)");
}

/// Runs a command where `disk` is a file system of its own without a free block, in a mount
/// namespace that ends with it. `PROFILE` stands for a folder there.
fn on_a_full_disk(disk: &Path, command: &[&str]) -> String {
    let profile = disk.join("profile").display().to_string();
    let command: Vec<_> = command
        .iter()
        .map(|word| if *word == "PROFILE" { profile.as_str() } else { word })
        .collect();
    let script = "mount -t tmpfs -o size=16k tmpfs \"$0\" && mkdir -m 700 \"$0/profile\" \
                  && { cat /dev/zero >\"$0/filler\" 2>/dev/null; exec \"$@\"; }";
    let output = Command::new(program("unshare"))
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(disk)
        .args(&command)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "a full disk could not be made, or the program crashed on it: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
