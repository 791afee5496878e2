//! Somebody's desktop: a home, a message bus, a keyring, a display.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Daemon, Display, Scratch, program, run, until};

/// What a person unlocks their keyring with.
const KEYRING_PASSWORD: &str = "log-in password";

/// How the keyring stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyring {
    /// Unlocked, as after logging in.
    Unlocked,
    /// There, but locked, and nobody to ask for the password.
    Locked,
    /// No such service.
    Absent,
}

/// A home of its own with its own message bus, gnome-keyring and display. No service of the
/// machine's is reached: the bus starts nothing by itself.
#[derive(Debug)]
pub struct Desktop {
    // Ended before the directory is removed: fields are dropped in order.
    keyring: Option<Daemon>,
    _bus: Daemon,
    bus_address: String,
    display: Display,
    home: Scratch,
}

impl Desktop {
    /// Logs in.
    ///
    /// # Panics
    /// When dbus-daemon or gnome-keyring is missing or does not start.
    #[must_use]
    pub fn log_in(keyring: Keyring) -> Self {
        Self::log_in_at(Display::start(), keyring)
    }

    /// The same at this display.
    ///
    /// # Panics
    /// When dbus-daemon or gnome-keyring is missing or does not start.
    #[must_use]
    pub fn log_in_at(display: Display, keyring: Keyring) -> Self {
        let home = Scratch::new("desktop");
        for directory in ["run", "config", "data", "cache"] {
            home.directory(directory);
        }
        let (bus, bus_address) = start_bus(&home);
        let mut desktop = Self { keyring: None, _bus: bus, bus_address, display, home };
        match keyring {
            Keyring::Unlocked => desktop.start_keyring(true),
            Keyring::Locked => {
                desktop.start_keyring(true);
                desktop.lock_keyring();
            }
            Keyring::Absent => {}
        }
        desktop
    }

    /// Its display.
    #[must_use]
    pub fn display(&self) -> &Display {
        &self.display
    }

    /// A directory or file in its home.
    #[must_use]
    pub fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.home.file(name)
    }

    /// Locks the keyring, as logging out and in without the password would.
    ///
    /// # Panics
    /// When there is none.
    pub fn lock_keyring(&mut self) {
        self.keyring.take().expect("there is a keyring").kill();
        self.start_keyring(false);
    }

    /// Unlocks it again.
    ///
    /// # Panics
    /// When there is none.
    pub fn unlock_keyring(&mut self) {
        self.keyring.take().expect("there is a keyring").kill();
        self.start_keyring(true);
    }

    /// A command as this person would run it: in their home, on their display and bus.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.home.path())
            .env("HOME", self.home.path())
            .env("XDG_RUNTIME_DIR", self.home.file("run"))
            .env("XDG_CONFIG_HOME", self.home.file("config"))
            .env("XDG_DATA_HOME", self.home.file("data"))
            .env("XDG_CACHE_HOME", self.home.file("cache"))
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address)
            .env("DISPLAY", self.display.name())
            // The stories read English, whatever the desktop of who runs them speaks.
            .env("LANG", "C.UTF-8")
            .env("LC_ALL", "C.UTF-8")
            .env_remove("LANGUAGE")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET");
        command
    }

    /// From now on it takes every call and answers none, as one does that waits for something itself.
    ///
    /// # Panics
    /// When there is none.
    pub fn freeze_keyring(&self) {
        self.signal_keyring("STOP");
    }

    /// It goes on, and answers what it was asked meanwhile.
    ///
    /// # Panics
    /// When there is none.
    pub fn thaw_keyring(&self) {
        self.signal_keyring("CONT");
    }

    fn signal_keyring(&self, signal: &str) {
        let keyring = self.keyring.as_ref().expect("there is a keyring");
        run(Command::new(program("kill")).args([&format!("-{signal}"), &keyring.id().to_string()]));
    }

    fn start_keyring(&mut self, unlocked: bool) {
        let mut command = self.command(program("gnome-keyring-daemon"));
        command.args(["--foreground", "--components=secrets"]);
        if unlocked {
            command.arg("--unlock");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut keyring = Daemon::start(&mut command);
        // It reads the password to the end of the input.
        let mut input = keyring.child().stdin.take().expect("it is piped");
        if unlocked {
            input.write_all(KEYRING_PASSWORD.as_bytes()).expect("it reads");
        }
        drop(input);
        until("the keyring should answer", || {
            let mut ask = self.command(program("dbus-send"));
            ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"]);
            ask.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]);
            let answer = ask.output().ok()?;
            String::from_utf8_lossy(&answer.stdout).contains("boolean true").then_some(())
        });
        self.keyring = Some(keyring);
    }
}

/// A message bus that knows no services but those that come by themselves, and its address.
fn start_bus(home: &Scratch) -> (Daemon, String) {
    let socket = home.file("run/bus");
    let configuration = home.write(
        "bus.conf",
        format!(
            r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#,
            socket.display()
        ),
    );
    let mut bus = Daemon::start(
        Command::new(program("dbus-daemon"))
            .arg(format!("--config-file={}", configuration.display()))
            .args(["--nofork", "--print-address=1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()),
    );
    let mut address = String::new();
    let stdout = bus.child().stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut address).expect("the bus says its address");
    (bus, address.trim().to_owned())
}
