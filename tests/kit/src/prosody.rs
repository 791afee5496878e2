//! A real server that nobody else uses.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::clock::OwnClock;
use crate::{
    Archivist, Certificates, Daemon, Device, Scratch, XmppServer, free_ports, program, run, until,
};

/// Everybody's password on a server of ours.
pub const PASSWORD: &str = "correct horse";

/// A module of ours that forgets the oldest entries of everybody's archive, as expiry does.
const FORGET: &str = r#"
local st = require "util.stanza";
local archive = module:open_store("archive", "archive");
module:hook("iq-set/host/urn:sotto:forget:forget", function (event)
    local tag = event.stanza.tags[1];
    local keys = {};
    for key in archive:find(tag.attr.user, { limit = tonumber(tag.attr.oldest) }) do
        if #keys < tonumber(tag.attr.oldest) then keys[#keys + 1] = key; end
    end
    for _, key in ipairs(keys) do archive:delete(tag.attr.user, { key = key }); end
    event.origin.send(st.reply(event.stanza));
    return true;
end);
"#;

/// What a server is like.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The accounts it has. Each is on the contact list of all others, both ways.
    pub users: &'static [&'static str],
    /// How many people are on the list of one more account, `crowded`; none makes none.
    pub crowd: usize,
    /// Whether nobody is on anybody's list instead.
    pub strangers: bool,
    /// Everybody's password.
    pub password: &'static str,
    /// Further accounts on nobody's list, with passwords of their own.
    pub own_passwords: &'static [(&'static str, &'static str)],
    /// Whether it acknowledges stanzas and lets streams be resumed (XEP-0198).
    pub stream_management: bool,
    /// What else it can do, by the names of its modules.
    pub modules: &'static [&'static str],
    /// Modules of the test's own: their names and sources.
    pub own_modules: &'static [(&'static str, &'static str)],
    /// Ways to sign in that it does not take.
    pub refused_mechanisms: &'static [&'static str],
    /// How it encrypts.
    pub tls: Tls,
    /// What else stands in its configuration, in Lua.
    pub extra: &'static str,
    /// Whether it goes by a clock of its own.
    pub own_clock: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            users: &["alice", "bob"],
            crowd: 0,
            strangers: false,
            password: PASSWORD,
            own_passwords: &[],
            stream_management: true,
            modules: &[],
            own_modules: &[],
            refused_mechanisms: &[],
            tls: Tls::default(),
            extra: "",
            own_clock: false,
        }
    }
}

/// How a server encrypts.
#[derive(Clone, Copy, Debug)]
pub struct Tls {
    /// Whom its certificate names.
    pub certificate_name: &'static str,
    /// Versions and ciphers instead of those it chooses itself, as entries of its table `ssl`.
    pub settings: Option<&'static str>,
}

impl Default for Tls {
    fn default() -> Self {
        Self { certificate_name: "localhost", settings: None }
    }
}

/// Prosody for `localhost` on two ports of the loopback, one for STARTTLS and one for TLS from the
/// first byte. What it stores survives being stopped or killed; dropping it removes everything.
#[derive(Debug)]
pub struct Prosody {
    // Ended before the directory is removed: fields are dropped in order.
    process: Option<Daemon>,
    certificates: Certificates,
    port: u16,
    direct_tls_port: u16,
    clock: Option<OwnClock>,
    scratch: Scratch,
}

impl Prosody {
    /// Starts one with `alice` and `bob`, and stream management.
    ///
    /// # Panics
    /// When Prosody is missing or does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::with(Options::default())
    }

    /// Starts one as wished.
    ///
    /// # Panics
    /// When Prosody is missing or does not start.
    #[must_use]
    pub fn with(options: Options) -> Self {
        let [port, direct_tls_port] = free_ports();
        let scratch = Scratch::new("prosody");
        let certificates = Certificates::issue_for(&[options.tls.certificate_name]);
        let clock = options.own_clock.then(|| OwnClock::in_folder(&scratch));
        let mut server =
            Self { process: None, certificates, port, direct_tls_port, clock, scratch };
        server.scratch.write("prosody.cfg.lua", server.configuration(options));
        for (name, source) in options.own_modules.iter().copied().chain([("forget", FORGET)]) {
            server.scratch.write(format!("modules/mod_{name}.lua"), source);
        }
        let friends = if options.strangers { &[] } else { options.users };
        for user in options.users {
            server.add_user(user, options.password);
            server.befriend(user, friends.iter().map(|friend| (*friend).to_owned()));
        }
        for (user, password) in options.own_passwords {
            server.add_user(user, password);
        }
        if options.crowd > 0 {
            server.add_user("crowded", options.password);
            server.befriend("crowded", (0..options.crowd).map(|number| format!("friend{number}")));
        }
        server.start_again();
        server
    }

    /// Stops it and starts it as another; accounts and what they keep stay.
    ///
    /// # Panics
    /// When it does not stop or start.
    pub fn become_another(&mut self, options: Options) {
        self.stop();
        self.scratch.write("prosody.cfg.lua", self.configuration(options));
        self.start_again();
    }

    /// Port for STARTTLS.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops it as an administrator would: it says goodbye to its clients.
    ///
    /// # Panics
    /// When it is not running or does not stop.
    pub fn stop(&mut self) {
        self.process.take().expect("the server is running").stop();
    }

    /// Lets it stand still, its connections open, until it is to [`go_on`](Self::go_on).
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Ends a [`pause`](Self::pause).
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        let id = self.process.as_ref().expect("the server is running").id();
        run(Command::new(program("kill")).args([name, &id.to_string()]));
    }

    /// The processor's time that it took so far.
    ///
    /// # Panics
    /// When it is not running, or anywhere but on Linux.
    #[must_use]
    pub fn processor_time(&self) -> Duration {
        /// `sysconf(_SC_CLK_TCK)` on every Linux.
        const TICKS_PER_SECOND: u64 = 100;
        let id = self.process.as_ref().expect("the server is running").id();
        let status = fs::read_to_string(format!("/proc/{id}/stat")).expect("Linux");
        let after_name = status.rsplit_once(')').expect("a name in parentheses").1;
        let times = after_name.split_whitespace().skip(11).take(2);
        let ticks: u64 = times.map(|ticks| ticks.parse::<u64>().expect("ticks")).sum();
        Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND)
    }

    /// What it printed and logged, for the message of a failed story.
    #[must_use]
    pub fn log(&self) -> String {
        ["printed", "prosody.log"]
            .map(|name| fs::read_to_string(self.scratch.file(name)).unwrap_or_default())
            .concat()
    }

    /// Writes an account as Prosody stores it.
    fn add_user(&self, user: &str, password: &str) {
        let account = format!("return {{ [\"password\"] = \"{password}\" }};\n");
        self.scratch.write(format!("data/localhost/accounts/{user}.dat"), account);
    }

    /// Writes everybody else on an account's list, as Prosody stores it.
    fn befriend(&self, user: &str, everybody: impl Iterator<Item = String>) {
        let friends: String = everybody
            .filter(|friend| friend != user)
            .map(|friend| {
                format!("[\"{friend}@localhost\"] = {{ subscription = \"both\", groups = {{}} }};")
            })
            .collect();
        let roster = format!("return {{ [false] = {{ version = 1 }}; {friends} }};\n");
        self.scratch.write(format!("data/localhost/roster/{user}.dat"), roster);
    }

    fn configuration(&self, options: Options) -> String {
        let Self { port, direct_tls_port, .. } = self;
        let path = |file: PathBuf| file.display().to_string();
        let data = path(self.scratch.directory("data"));
        let log = path(self.scratch.file("prosody.log"));
        let certificate = path(self.certificates.certificate());
        let key = path(self.certificates.key());
        let quoted = |names: &[&str]| -> String {
            names.iter().map(|name| format!("\"{name}\"; ")).collect()
        };
        let smacks = if options.stream_management { "\"smacks\";" } else { "" };
        let own: Vec<_> = options.own_modules.iter().map(|(name, _)| *name).collect();
        let more = quoted(options.modules) + &quoted(&own);
        let refused = quoted(options.refused_mechanisms);
        let modules = path(self.scratch.file("modules"));
        let extra = options.extra;
        // Its preset would add to what is asked for.
        let preset = options.tls.settings.map_or("", |_| "tls_preset = \"\"");
        let tls = options.tls.settings.unwrap_or_default();
        format!(
            r#"
run_as_root = true
daemonize = false
data_path = "{data}"
plugin_paths = {{ "{modules}" }}
log = {{ info = "{log}" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {direct_tls_port} }}
s2s_ports = {{}}
http_ports = {{}}
https_ports = {{}}
modules_enabled = {{
    "roster"; "saslauth"; "tls"; "disco"; "carbons"; "offline"; "ping"; "time"; "version"; {smacks}
    {more}
}}
modules_disabled = {{ "s2s" }}
authentication = "internal_plain"
disable_sasl_mechanisms = {{ "DIGEST-MD5"; {refused} }}
allow_registration = true
storage = "internal"
c2s_require_encryption = true
smacks_hibernation_time = 300
{extra}
{preset}
ssl = {{ key = "{key}", certificate = "{certificate}", {tls} }}
VirtualHost "localhost"
"#
        )
    }
}

impl Archivist for Prosody {
    fn forget_oldest(&self, user: &str, count: usize) {
        let mut device = Device::sign_in_unseen(user, self);
        let namespace = "urn:sotto:forget";
        let forget = format!("<forget xmlns='{namespace}' user='{user}' oldest='{count}'/>");
        device.set("to='localhost'", &forget);
    }

    fn set_clock(&mut self, ahead: &str) {
        self.clock.as_ref().expect("a clock of its own").set(ahead);
    }
}

impl XmppServer for Prosody {
    fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    fn direct_tls_port(&self) -> u16 {
        self.direct_tls_port
    }

    fn kill(&mut self) {
        self.process.take().expect("the server is running").kill();
    }

    fn start_again(&mut self) {
        let printed = File::create(self.scratch.file("printed")).expect("our own directory");
        let mut command = Command::new(program("prosody"));
        if let Some(clock) = &self.clock {
            clock.give_to(&mut command);
        }
        let mut process = Daemon::start(
            command
                .arg("--config")
                .arg(self.scratch.file("prosody.cfg.lua"))
                .arg("-F")
                .stdin(Stdio::null())
                .stderr(printed.try_clone().unwrap())
                .stdout(printed),
        );
        until("Prosody should listen", || {
            assert!(process.ended().is_none(), "Prosody ended:\n{}", self.log());
            let listens = |port| TcpStream::connect(("127.0.0.1", port)).is_ok();
            (listens(self.port) && listens(self.direct_tls_port)).then_some(())
        });
        self.process = Some(process);
    }
}
