//! Keys and certificates by `openssl`, good and bad ones, as files in a directory: `{file}.key` and
//! `{file}.crt`. The authority is `ca`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{program, run};

/// How an authority works, in OpenSSL's words.
const AUTHORITY: &str = "
[ca]
default_ca = it
[it]
certificate = ca.crt
private_key = ca.key
database = issued
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
";

/// An authority: `ca.key` and `ca.crt`.
///
/// # Panics
/// When `openssl` is missing or refuses.
pub fn make_authority(directory: &Path) {
    make_key(directory, "ca");
    openssl(
        directory,
        "req -x509 -new -key ca.key -days 30 -subj /CN=test -addext \
         basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -out ca.crt",
    );
}

/// A private key: `{file}.key`.
///
/// # Panics
/// When `openssl` is missing or refuses.
pub fn make_key(directory: &Path, file: &str) {
    openssl(directory, &format!("ecparam -name prime256v1 -genkey -noout -out {file}.key"));
}

/// A certificate `{file}.crt` for `{file}.key` and these names, signed by the authority, that is
/// good for so many days; it ended years ago if `days` is negative.
///
/// # Panics
/// When `openssl` is missing or refuses.
pub fn make_certificate(directory: &Path, file: &str, names: &[&str], days: i32) {
    let names: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
    let extensions = format!(
        "subjectAltName={}\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n\
         extendedKeyUsage=serverAuth\n",
        names.join(",")
    );
    fs::write(directory.join("extensions"), extensions).unwrap();
    fs::write(directory.join("authority"), AUTHORITY).unwrap();
    fs::write(directory.join("issued"), "").unwrap();
    let dates = match days {
        0.. => format!("-days {days}"),
        ..0 => "-startdate 20200101000000Z -enddate 20210101000000Z".to_owned(),
    };
    openssl(directory, &format!("req -new -key {file}.key -subj /CN=server -out {file}.csr"));
    openssl(
        directory,
        &format!(
            "ca -config authority -batch -notext {dates} -extfile extensions \
             -in {file}.csr -out {file}.crt"
        ),
    );
}

/// A certificate that shows the authority's key, by whoever has another: `{file}.crt`, of the same
/// name as `ca.crt`. Then `ca.crt` and `ca.key` are those of that other.
///
/// # Panics
/// When `openssl` is missing or refuses.
pub fn forge_authority(directory: &Path, file: &str) {
    openssl(directory, "pkey -in ca.key -pubout -out shown.pub");
    make_authority(directory);
    openssl(directory, "req -new -key ca.key -subj /CN=test -out forged.csr");
    openssl(
        directory,
        &format!(
            "x509 -req -in forged.csr -force_pubkey shown.pub -CA ca.crt -CAkey ca.key \
             -CAcreateserial -days 2 -out {file}.crt"
        ),
    );
}

/// Shows one more certificate along with `{file}.crt`.
///
/// # Panics
/// When `openssl` is missing or refuses.
pub fn show_along(directory: &Path, file: &str, other: &str) {
    let read = |file: &str| fs::read_to_string(directory.join(format!("{file}.crt"))).unwrap();
    fs::write(directory.join(format!("{file}.crt")), read(file) + &read(other)).unwrap();
}

/// A certificate `{file}.crt` for `{file}.key` and this name that signs itself.
///
/// # Panics
/// When `openssl` is missing or refuses.
pub fn make_self_signed(directory: &Path, file: &str, name: &str) {
    openssl(
        directory,
        &format!(
            "req -x509 -new -key {file}.key -days 2 -subj /CN={name} \
             -addext subjectAltName=DNS:{name} -out {file}.crt"
        ),
    );
}

/// A key and a certificate that signs itself, as `{file}.key` and `{file}.crt`, made and signed as
/// OpenSSL is told by these words.
///
/// # Panics
/// When `openssl` is missing or refuses.
pub fn make_self_signed_by(directory: &Path, file: &str, words: &str) {
    openssl(
        directory,
        &format!(
            "req -x509 -nodes -days 2 -subj /CN=server {words} -keyout {file}.key -out {file}.crt"
        ),
    );
}

fn openssl(directory: &Path, arguments: &str) {
    let arguments = arguments.split_whitespace();
    run(Command::new(program("openssl")).args(arguments).current_dir(directory));
}
