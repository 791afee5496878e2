//! Another real server, which does some things differently: it swaps messages when a stream is
//! resumed, and loses some that it has confirmed when it is killed.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::clock::OwnClock;
use crate::{
    Archivist, Certificates, Daemon, PASSWORD, Scratch, XmppServer, free_ports, program, until,
};

/// The file that it takes orders from.
const ORDER: &str = "order.erl";

/// ejabberd for `localhost` on one port of the loopback, by TLS from the first byte, with `alice`
/// and `bob`, who are on each other's lists. What it stores survives being killed; dropping it
/// removes everything.
#[derive(Debug)]
pub struct Ejabberd {
    // Ended before the directory is removed: fields are dropped in order.
    process: Option<Daemon>,
    certificates: Certificates,
    port: u16,
    clock: Option<OwnClock>,
    scratch: Scratch,
}

/// What it is like.
#[derive(Clone, Copy, Debug, Default)]
pub struct EjabberdOptions {
    /// Whether its archive is kept in memory, not on disk.
    pub in_memory: bool,
    /// Whether it goes by a clock of its own.
    pub own_clock: bool,
}

impl Ejabberd {
    /// Starts one.
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
        let [port, _] = free_ports();
        let scratch = Scratch::new("ejabberd");
        let certificates = Certificates::issue();
        let pem = [certificates.certificate(), certificates.key()]
            .map(|file| fs::read_to_string(file).expect("it was issued"));
        scratch.write("server.pem", pem.concat());
        let clock = options.own_clock.then(|| OwnClock::in_folder(&scratch));
        let mut server = Self { process: None, certificates, port, clock, scratch };
        server.scratch.write("ejabberd.yml", server.configuration(options));
        server.scratch.directory("db");
        server.start_again();
        server
    }

    /// Has it do something, in Erlang.
    fn obey(&self, order: &str) {
        // It reads no half of it.
        self.scratch.write("half", order);
        fs::rename(self.scratch.file("half"), self.scratch.file(ORDER)).expect("a file of ours");
        until("ejabberd should obey", || (!self.scratch.file(ORDER).exists()).then_some(()));
    }

    fn configuration(&self, options: EjabberdOptions) -> String {
        let pem = self.scratch.file("server.pem");
        let archive = self.scratch.file("archive.db").display().to_string();
        let kept = if options.in_memory { "mnesia" } else { "sql" };
        format!(
            r#"
hosts: [localhost]
loglevel: warning
certfiles: ["{}"]
auth_password_format: plain
sql_type: sqlite
sql_database: "{archive}"
listen:
  - {{ip: "127.0.0.1", port: {}, module: ejabberd_c2s, tls: true, access: c2s, shaper: none}}
access_rules: {{c2s: [{{allow: all}}]}}
modules:
  mod_admin_extra: {{}}
  mod_carboncopy: {{}}
  mod_disco: {{}}
  mod_mam: {{assume_mam_usage: true, default: always, db_type: {kept}}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_stream_mgmt: {{resend_on_timeout: if_offline, resume_timeout: 300}}
"#,
            pem.display(),
            self.port
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
        self.port
    }

    fn kill(&mut self) {
        self.process.take().expect("the server is running").kill();
    }

    fn start_again(&mut self) {
        let ready = self.scratch.file("ready");
        let _ = fs::remove_file(&ready);
        let path = |name: &str| self.scratch.file(name).display().to_string();
        let accounts = format!(
            r#"H = <<"localhost">>, Users = [<<"alice">>, <<"bob">>],
               [ejabberd_auth:try_register(U, H, <<"{PASSWORD}">>) || U <- Users],
               [mod_admin_extra:add_rosteritem(U, H, O, H, O, <<>>, <<"both">>)
                 || U <- Users, O <- Users, U =/= O],
               file:write_file("{}", ""),
               Obey = fun Obey() ->
                 case file:eval("{}") of ok -> file:delete("{}"); _ -> timer:sleep(20) end,
                 Obey()
               end,
               spawn(Obey),
               [mnesia:change_table_copy_type(archive_msg, node(), ram_copies)
                 || lists:member(archive_msg, mnesia:system_info(tables))]."#,
            ready.display(),
            path(ORDER),
            path(ORDER),
        );
        let printed = File::create(path("printed")).expect("our own directory");
        let mut command = Command::new(program("erl"));
        if let Some(clock) = &self.clock {
            clock.give_to(&mut command);
        }
        let mut process = Daemon::start(
            command
                .args(["-noinput", "-mnesia", "dir", &format!("\"{}\"", path("db"))])
                .args(["-s", "ejabberd", "-eval", &accounts])
                .env("EJABBERD_CONFIG_PATH", path("ejabberd.yml"))
                .env("EJABBERD_LOG_PATH", path("ejabberd.log"))
                .env("ERL_LIBS", libraries())
                .env("HOME", self.scratch.path())
                .stdin(Stdio::null())
                .stderr(printed.try_clone().expect("a file"))
                .stdout(printed),
        );
        until("ejabberd should listen", || {
            let log = || fs::read_to_string(path("printed")).unwrap_or_default();
            assert!(process.ended().is_none(), "ejabberd ended:\n{}", log());
            (ready.exists() && TcpStream::connect(("127.0.0.1", self.port)).is_ok()).then_some(())
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
