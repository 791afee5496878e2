//! Another real server, which does some things differently: it swaps messages when a stream is
//! resumed, and loses some that it has confirmed when it is killed.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::clock::OwnClock;
use crate::{
    Archivist, Certificates, Daemon, PASSWORD, Scratch, XmppServer, free_ports, program, run, until,
};

/// Draws a captcha: eight bytes that begin every PNG, then the letters to read.
const CAPTCHA: &str = "#!/bin/sh\nprintf '\\211PNG\\r\\n\\032\\n%s' \"$1\"\n";

/// What it can do anyway.
const MODULES: [&str; 7] = [
    "mod_admin_extra: {}",
    "mod_carboncopy: {}",
    "mod_disco: {}",
    "mod_offline: {}",
    "mod_ping: {}",
    "mod_roster: {}",
    "mod_stream_mgmt: {resend_on_timeout: if_offline, resume_timeout: 300}",
];

/// The file that it takes orders from.
const ORDER: &str = "order.erl";

/// ejabberd on two ports of the loopback, one for STARTTLS and one for TLS from the first byte. What
/// it stores survives being killed; dropping it removes everything, and so does the end of our
/// process, for the sake of one that is shared by all tests of a program and never dropped.
#[derive(Debug)]
pub struct Ejabberd {
    // Ended before the directory is removed: fields are dropped in order.
    process: Option<Daemon>,
    certificates: Certificates,
    options: EjabberdOptions,
    port: u16,
    direct_tls_port: u16,
    clock: Option<OwnClock>,
    scratch: Scratch,
}

/// What it is like.
#[derive(Clone, Copy, Debug)]
pub struct EjabberdOptions {
    /// Its domains.
    pub hosts: &'static [EjabberdHost],
    /// The accounts of each domain.
    pub users: &'static [&'static str],
    /// Whether nobody is on anybody's list, rather than each on those of all others.
    pub strangers: bool,
    /// Everybody's password.
    pub password: &'static str,
    /// Whether its archive is kept in memory, not on disk.
    pub in_memory: bool,
    /// What else it can do: modules with their options, in YAML.
    pub modules: &'static [&'static str],
    /// What else stands in its configuration, in YAML.
    pub extra: &'static str,
    /// Whether it goes by a clock of its own.
    pub own_clock: bool,
}

impl Default for EjabberdOptions {
    fn default() -> Self {
        Self {
            hosts: &[EjabberdHost { name: "localhost", refused_mechanisms: "", modules: &[] }],
            users: &["alice", "bob"],
            strangers: false,
            password: PASSWORD,
            in_memory: false,
            modules: &[],
            extra: "",
            own_clock: false,
        }
    }
}

/// A domain of its own.
#[derive(Clone, Copy, Debug)]
pub struct EjabberdHost {
    /// Its name.
    pub name: &'static str,
    /// Ways to sign in that it does not take, with commas between.
    pub refused_mechanisms: &'static str,
    /// Modules instead of all others, in YAML, if there are any.
    pub modules: &'static [&'static str],
}

impl Ejabberd {
    /// Starts one with `alice` and `bob`.
    ///
    /// # Panics
    /// When ejabberd is missing or does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::with(EjabberdOptions::default())
    }

    /// Starts one as wished.
    ///
    /// # Panics
    /// When ejabberd is missing or does not start.
    #[must_use]
    pub fn with(options: EjabberdOptions) -> Self {
        let [port, direct_tls_port] = free_ports();
        let scratch = Scratch::new("ejabberd");
        let certificates = Certificates::issue_for(
            &options.hosts.iter().map(|host| host.name).collect::<Vec<_>>(),
        );
        let pem = [certificates.certificate(), certificates.key()]
            .map(|file| fs::read_to_string(file).expect("it was issued"));
        scratch.write("server.pem", pem.concat());
        let clock = options.own_clock.then(|| OwnClock::in_folder(&scratch));
        let mut server =
            Self { process: None, certificates, options, port, direct_tls_port, clock, scratch };
        server.scratch.write("captcha", CAPTCHA);
        run(Command::new(program("chmod")).arg("+x").arg(server.scratch.file("captcha")));
        server.scratch.write("ejabberd.yml", server.configuration());
        server.scratch.directory("db");
        server.start_again();
        server
    }

    /// Port for STARTTLS.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Has it do something, in Erlang.
    fn obey(&self, order: &str) {
        // It reads no half of it.
        self.scratch.write("half", order);
        fs::rename(self.scratch.file("half"), self.scratch.file(ORDER)).expect("a file of ours");
        until("ejabberd should obey", || (!self.scratch.file(ORDER).exists()).then_some(()));
    }

    fn configuration(&self) -> String {
        let EjabberdOptions { hosts, in_memory, modules, extra, .. } = self.options;
        let folder = self.scratch.path().display();
        let Self { port, direct_tls_port, .. } = self;
        let kept = if in_memory { "mnesia" } else { "sql" };
        let archive =
            format!("mod_mam: {{assume_mam_usage: true, default: always, db_type: {kept}}}");
        let lines = |indent: &str, own: &[&str]| -> String {
            let archive = archive.as_str();
            let all = MODULES.iter().chain([&archive]).chain(own);
            all.map(|module| format!("{indent}{module}\n")).collect()
        };
        let names: Vec<_> = hosts.iter().map(|host| host.name).collect();
        let names = names.join(", ");
        let mut of_hosts = String::new();
        for host in hosts {
            let EjabberdHost { name, refused_mechanisms: refused, modules } = host;
            of_hosts += &format!("  {name}:\n    disable_sasl_mechanisms: [{refused}]\n");
            if !modules.is_empty() {
                of_hosts += &format!("    modules:\n{}", lines("      ", modules));
            }
        }
        let modules = lines("  ", modules);
        let listener = "ip: \"127.0.0.1\", module: ejabberd_c2s, max_stanza_size: 262144, \
            access: c2s, shaper: none";
        format!(
            r#"
hosts: [{names}]
loglevel: warning
certfiles: ["{folder}/server.pem"]
auth_method: internal
auth_password_format: plain
captcha_cmd: "{folder}/captcha"
captcha_url: "http://localhost/captcha"
sql_type: sqlite
sql_database: "{folder}/archive.db"
listen:
  - {{port: {port}, starttls: true, starttls_required: true, {listener}}}
  - {{port: {direct_tls_port}, tls: true, {listener}}}
acl: {{local: {{user_regexp: ""}}}}
access_rules: {{c2s: [{{allow: all}}], local: [{{allow: local}}], register: [{{allow: all}}]}}
registration_timeout: infinity
{extra}
host_config:
{of_hosts}modules:
{modules}"#
        )
    }
}

impl Archivist for Ejabberd {
    fn forget_oldest(&self, user: &str, count: usize) {
        let oldest = format!(
            "SELECT id FROM archive WHERE username='{user}' ORDER BY timestamp LIMIT {count}"
        );
        let delete = format!("DELETE FROM archive WHERE id IN ({oldest})");
        self.obey(&format!("ejabberd_sql:sql_query(<<\"localhost\">>, <<\"{delete}\">>)."));
    }

    fn set_clock(&mut self, ahead: &str) {
        self.clock.as_ref().expect("a clock of its own").set(ahead);
        // While it runs, it looks at the clock once a minute.
        self.kill();
        self.start_again();
    }
}

impl XmppServer for Ejabberd {
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
        let ready = self.scratch.file("ready");
        let _ = fs::remove_file(&ready);
        let path = |name: &str| self.scratch.file(name).display().to_string();
        let EjabberdOptions { hosts, users, strangers, password, .. } = self.options;
        let binaries = |names: &mut dyn Iterator<Item = &str>| {
            names.map(|name| format!("<<\"{name}\">>")).collect::<Vec<_>>().join(",")
        };
        let run = format!(
            r#"Hosts = [{}], Users = [{}],
               [ejabberd_auth:try_register(U, H, <<"{password}"/utf8>>) || H <- Hosts, U <- Users],
               [mod_admin_extra:add_rosteritem(U, H, O, H, O, <<>>, <<"both">>)
                 || {}, H <- Hosts, U <- Users, O <- Users, U =/= O],
               file:write_file("{}", ""),
               Obey = fun Obey() ->
                 case file:eval("{order}") of ok -> file:delete("{order}"); _ -> timer:sleep(20) end,
                 Obey()
               end,
               spawn(Obey),
               spawn(fun() ->
                 io:get_line(""), [file:del_dir_r(Folder) || Folder <- ["{}", "{}"]], halt()
               end),
               [mnesia:change_table_copy_type(archive_msg, node(), ram_copies)
                 || lists:member(archive_msg, mnesia:system_info(tables))]."#,
            binaries(&mut hosts.iter().map(|host| host.name)),
            binaries(&mut users.iter().copied()),
            !strangers,
            ready.display(),
            self.scratch.path().display(),
            self.certificates.folder().display(),
            order = path(ORDER),
        );
        let printed = File::create(path("printed")).expect("our own directory");
        let mut command = Command::new(program("erl"));
        if let Some(clock) = &self.clock {
            clock.give_to(&mut command);
        }
        let mut process = Daemon::start(
            command
                .args(["-noshell", "-mnesia", "dir", &format!("\"{}\"", path("db"))])
                .args(["-s", "ejabberd", "-eval", &run])
                .env("EJABBERD_CONFIG_PATH", path("ejabberd.yml"))
                .env("EJABBERD_LOG_PATH", path("ejabberd.log"))
                .env("ERL_LIBS", libraries())
                .env("HOME", self.scratch.path())
                // Which ends with us, and it with that.
                .stdin(Stdio::piped())
                .stderr(printed.try_clone().expect("a file"))
                .stdout(printed),
        );
        until("ejabberd should listen", || {
            let log = || fs::read_to_string(path("printed")).unwrap_or_default();
            assert!(process.ended().is_none(), "ejabberd ended:\n{}", log());
            let listens = |port| TcpStream::connect(("127.0.0.1", port)).is_ok();
            (ready.exists() && listens(self.port) && listens(self.direct_tls_port)).then_some(())
        });
        self.process = Some(process);
    }
}

/// Where Debian keeps ejabberd and what it is made of.
fn libraries() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").expect("Linux").filter_map(Result::ok);
    let holds_it = |folder: &PathBuf| {
        fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .any(|entry| entry.file_name().to_string_lossy().starts_with("ejabberd-"))
    };
    folders
        .map(|folder| folder.path())
        .find(holds_it)
        .expect("ejabberd is not installed, and this story needs it: run tests/run --setup")
}
