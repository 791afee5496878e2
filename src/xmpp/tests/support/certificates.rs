//! An authority and certificates of its making, by `openssl`, in a directory of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sotto_xmpp::CertificateDer;

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

/// A directory that is gone on drop.
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// A new, empty one.
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("sotto-{:032x}", rand::random::<u128>()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An authority: `ca.key` and `ca.crt`.
pub(crate) fn make_authority(directory: &Path) {
    make_key(directory, "ca");
    openssl(
        directory,
        "req -x509 -new -key ca.key -days 2 -subj /CN=test -addext \
         basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -out ca.crt",
    );
}

/// A private key: `{file}.key`.
pub(crate) fn make_key(directory: &Path, file: &str) {
    openssl(directory, &format!("ecparam -name prime256v1 -genkey -noout -out {file}.key"));
}

/// A certificate `{file}.crt` for `{file}.key` and these names, signed by the authority, that is
/// good for so many days; it ended years ago if `days` is negative.
pub(crate) fn make_certificate(directory: &Path, file: &str, names: &[&str], days: i32) {
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
pub(crate) fn forge_authority(directory: &Path, file: &str) {
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
pub(crate) fn show_along(directory: &Path, file: &str, other: &str) {
    let read = |file: &str| fs::read_to_string(directory.join(format!("{file}.crt"))).unwrap();
    fs::write(directory.join(format!("{file}.crt")), read(file) + &read(other)).unwrap();
}

/// A certificate `{file}.crt` for `{file}.key` and this name that signs itself.
pub(crate) fn make_self_signed(directory: &Path, file: &str, name: &str) {
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
pub(crate) fn make_self_signed_by(directory: &Path, file: &str, words: &str) {
    openssl(
        directory,
        &format!(
            "req -x509 -nodes -days 2 -subj /CN=server {words} -keyout {file}.key -out {file}.crt"
        ),
    );
}

fn openssl(directory: &Path, arguments: &str) {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(directory)
        .output()
        .expect("openssl is installed");
    assert!(output.status.success(), "openssl {arguments}: {output:?}");
}

/// The first certificate in a PEM file of this directory.
pub(crate) fn read_certificate(directory: &Path, file: &str) -> CertificateDer<'static> {
    from_pem(&fs::read_to_string(directory.join(file)).unwrap()).into()
}

/// Every certificate in a PEM file of this directory.
pub(crate) fn read_certificates(directory: &Path, file: &str) -> Vec<CertificateDer<'static>> {
    let text = fs::read_to_string(directory.join(file)).unwrap();
    let sections = text.split_inclusive("-----END CERTIFICATE-----");
    let sections = sections.map(str::trim).filter(|section| !section.is_empty());
    sections.map(|section| from_pem(section).into()).collect()
}

/// What the first section of a PEM text holds.
pub(crate) fn from_pem(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    let encoded: String =
        text.lines().skip(1).take_while(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD.decode(encoded).unwrap()
}
