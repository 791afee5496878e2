//! What goes wrong is told as what it is.
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a disk that cannot be made fails its story, which waits for one thing at a time"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use engine::{
    AccountEvent, AccountState, CertificateProblem, Event, OfflineReason, Server, SignInFailure,
    VaultEvent, VaultFailure,
};
use stories::{
    Certificates, Desktop, Keyring, PASSPHRASE, PASSWORD, Person, Prosody, Scratch, Setup,
    XmppServer, program, run,
};
use vault::{AccountRecord, SealedSecrets, SecretId, SecretStore, ServerRecord, Vault};

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
        assert!(open_vault(&desktop, &["keyring"]).starts_with("Opened"));
    }
}

#[test]
fn a_locked_keyring_is_told_and_opens_once_it_is_unlocked() {
    let mut desktop = Desktop::log_in(Keyring::Locked);
    assert_eq!(open_vault(&desktop, &["keyring"]), "Failed(KeyringLocked)");
    desktop.unlock_keyring();
    assert!(open_vault(&desktop, &["keyring"]).starts_with("Opened"));
}

#[test]
fn a_desktop_without_a_keyring_is_told_and_a_passphrase_works_there() {
    let desktop = Desktop::log_in(Keyring::Absent);
    assert_eq!(open_vault(&desktop, &["keyring"]), "Failed(NoKeyring)");
    assert!(open_vault(&desktop, &["sealed", "four words that scan"]).starts_with("Opened"));
    let wrong = open_vault(&desktop, &["sealed", "four words that do not"]);
    assert_eq!(wrong, "Failed(WrongPassphrase)");
    assert!(open_vault(&desktop, &["sealed", "four words that scan"]).starts_with("Opened"));
}

#[test]
fn a_profile_whose_key_left_the_keyring_is_told_and_not_overwritten() {
    let mut desktop = Desktop::log_in(Keyring::Unlocked);
    assert!(open_vault(&desktop, &["keyring"]).starts_with("Opened"));
    fs::remove_dir_all(desktop.file("data/keyrings")).unwrap();
    desktop.unlock_keyring();
    for _ in 0..2 {
        assert_eq!(open_vault(&desktop, &["keyring"]), "Failed(KeyMissing)");
    }
}

#[test]
fn where_only_half_of_a_profile_is_left_the_person_decides_and_the_half_is_kept() {
    let phrase = "four words that scan";
    for way in [&["keyring"][..], &["sealed", phrase][..]] {
        let desktop = Desktop::log_in(Keyring::Unlocked);
        let anew = [way, &["anew"]].concat();
        assert!(open_vault(&desktop, way).starts_with("Opened"));
        let database = desktop.file("profile/sotto.db");
        fs::remove_file(&database).unwrap();
        for _ in 0..2 {
            assert_eq!(open_vault(&desktop, way), "Failed(DatabaseMissing)");
        }
        assert!(!database.exists());
        assert!(open_vault(&desktop, &anew).starts_with("Opened"));
        assert!(open_vault(&desktop, way).starts_with("Opened"));
    }
}

#[test]
fn a_database_whose_sealed_key_is_missing_is_told_and_set_aside_when_the_person_begins_anew() {
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let sealed = ["sealed", "four words that scan"];
    assert!(open_vault(&desktop, &sealed).starts_with("Opened"));
    let file = |name: &str| desktop.file("profile").join(name);
    let database = fs::read(file("sotto.db")).unwrap();
    fs::remove_file(file("secrets.sealed")).unwrap();
    for way in [&["keyring"][..], &sealed] {
        assert_eq!(open_vault(&desktop, way), "Failed(KeyMissing)");
        assert!(!file("secrets.sealed").exists(), "it would be asked for at the next start");
    }
    let anew = ["sealed", "four words that scan", "anew"];
    assert!(open_vault(&desktop, &anew).starts_with("Opened"));
    assert_eq!(fs::read(file("sotto.db.set-aside-1")).unwrap(), database);
    assert!(open_vault(&desktop, &sealed).starts_with("Opened"));
}

/// A profile with two accounts that nobody can reach.
fn two_accounts(profile: &Path, secrets: Arc<dyn SecretStore>) -> Vault {
    let vault = Vault::open(profile, secrets).unwrap();
    for jid in ["alice@localhost", "bob@localhost"] {
        let server = ServerRecord::At { host: "127.0.0.1".into(), port: 1, direct_tls: false };
        let record = AccountRecord { jid: jid.into(), server, instance_tag: 0x1234 };
        vault.save_account(&record).unwrap();
        vault.save_password(jid, PASSWORD).unwrap();
    }
    vault
}

/// How both stand once the vault is open: that of the first, and that of the second.
fn stand(server: &Prosody, scratch: &Scratch) -> [AccountState; 2] {
    let setup = Setup::keeper("alice", server, scratch);
    let person = Person::start(&setup);
    person.open_vault(&setup);
    let listed = person.wait_for("accounts", |event| match event {
        Event::Vault(VaultEvent::Opened { accounts }) => Some(accounts.clone()),
        _ => None,
    });
    assert_eq!(listed.iter().map(|jid| jid.as_str()).collect::<Vec<_>>(), BOTH, "none is hidden");
    BOTH.map(|jid| {
        person.wait_for(jid, |event| match event {
            Event::Account(account, AccountEvent::State(state))
                if account.as_str() == jid && *state != AccountState::Connecting =>
            {
                Some(state.clone())
            }
            _ => None,
        })
    })
}

#[test]
fn a_damaged_list_of_accounts_is_told_and_not_taken_for_a_first_start() {
    let server = Prosody::start();
    let scratch = Scratch::new("damaged");
    let profile = scratch.directory("profile");
    drop(two_accounts(&profile, Arc::new(SealedSecrets::open(&profile, PASSPHRASE).unwrap())));
    let file = profile.join("sotto.db");
    let pages = fs::read(&file).unwrap();
    let mut told = 0;
    for page in 1..pages.len() / PAGE_BYTES {
        let mut damaged = pages.clone();
        damaged[page * PAGE_BYTES + 100] ^= 1;
        fs::write(&file, &damaged).unwrap();
        let setup = Setup::keeper("alice", &server, &scratch);
        let person = Person::start(&setup);
        person.command(engine::Command::Vault(engine::VaultCommand::Open(setup.vault.clone())));
        told += person.wait_for("what became of it", |event| match event {
            Event::Vault(VaultEvent::Opened { accounts }) => {
                assert_eq!(accounts.len(), 2, "page {page}");
                Some(0)
            }
            Event::Vault(VaultEvent::Failed(_)) => Some(1),
            _ => None,
        });
        drop(person);
        assert!(fs::read(&file).unwrap() == damaged, "nothing was begun");
    }
    assert!(told > 0, "no page of {} holds the list", pages.len() / PAGE_BYTES);
}

/// Of the database.
const PAGE_BYTES: usize = 4096;

const BOTH: [&str; 2] = ["alice@localhost", "bob@localhost"];

#[test]
fn what_cannot_be_read_of_one_account_hides_no_other_and_is_not_overwritten() {
    let server = Prosody::start();
    for (note, damaged) in [("route", "socks6\n1\nh"), ("trusted-key", "?"), ("strength", "?")] {
        let scratch = Scratch::new("damaged");
        let profile = scratch.directory("profile");
        let secrets = || Arc::new(SealedSecrets::open(&profile, PASSPHRASE).unwrap());
        let vault = two_accounts(&profile, secrets());
        vault.save_note(BOTH[1], note, Some(damaged)).unwrap();
        drop(vault);
        let [alice, bob] = stand(&server, &scratch);
        assert!(matches!(alice, AccountState::Offline { .. }), "{note}: {alice:?}");
        assert_eq!(bob, AccountState::Unreadable(VaultFailure::Damaged), "{note}");
        let vault = Vault::open(&profile, secrets()).unwrap();
        assert_eq!(vault.notes(BOTH[1]).unwrap().get(note).unwrap(), damaged);
        assert!(vault.otr_key(BOTH[1]).unwrap().is_none(), "nothing was begun");
    }
}

#[test]
fn a_secret_of_one_account_that_is_gone_or_damaged_hides_no_other_and_is_not_replaced() {
    let server = Prosody::start();
    let key = SecretId::OtrKey(BOTH[1].to_owned());
    let password = SecretId::Password(BOTH[1].to_owned());
    for (id, secret, failure) in [
        (&key, Some(&b"no key"[..]), VaultFailure::Damaged),
        (&password, Some(&[0xFF][..]), VaultFailure::Damaged),
        (&password, None, VaultFailure::KeyMissing),
    ] {
        let scratch = Scratch::new("damaged");
        let profile = scratch.directory("profile");
        let secrets = || Arc::new(SealedSecrets::open(&profile, PASSPHRASE).unwrap());
        let sealed = secrets();
        drop(two_accounts(&profile, sealed.clone()));
        match secret {
            Some(secret) => sealed.save(id, secret).unwrap(),
            None => sealed.delete(id).unwrap(),
        }
        let [alice, bob] = stand(&server, &scratch);
        assert!(matches!(alice, AccountState::Offline { .. }), "{id:?}: {alice:?}");
        assert_eq!(bob, AccountState::Unreadable(failure), "{id:?}");
        assert_eq!(secrets().load(id).unwrap().as_deref().map(Vec::as_slice), secret);
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
    assert!(opened.starts_with("Opened"), "{opened}");

    let mut command = Command::new(OPEN_VAULT);
    command.arg(profile.path()).args(["sealed", "four words that scan"]);
    assert_eq!(run(&mut command).trim(), "Failed(InUse)");
    drop(first.stdin.take());
    first.wait().unwrap();
}

#[test]
fn a_full_disk_is_told_and_nothing_crashes() {
    let scratch = Scratch::new("disk");
    let disk = scratch.directory("full");
    let answer = on_a_full_disk(&disk, &[OPEN_VAULT, "PROFILE", "sealed", "four words that scan"]);
    assert_eq!(answer.trim(), "Failed(DiskFull)");
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
