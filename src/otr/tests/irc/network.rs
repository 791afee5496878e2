//! ngircd on a port of this machine, and a relay before it.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use super::{HELP, try_until};

/// Times that somebody else may take the free port before ngircd does.
const TRIES: usize = 5;

pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Self {
        (0..TRIES).find_map(|_| Self::try_start(folder)).unwrap_or_else(|| {
            let log = fs::read_to_string(folder.join("ngircd.log")).unwrap_or_default();
            panic!("{HELP}\n{log}")
        })
    }

    fn try_start(folder: &Path) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let included = folder.join("ngircd.conf.d");
        fs::create_dir_all(&included).unwrap();
        let config = folder.join("ngircd.conf");
        let text = format!(
            "[Global]\n\
             Name = irc.test\n\
             Info = a test\n\
             AdminEMail = nobody@irc.test\n\
             Listen = 127.0.0.1\n\
             Ports = {port}\n\
             MotdPhrase = none\n\
             [Limits]\n\
             MaxPenaltyTime = 0\n\
             [Options]\n\
             DNS = no\n\
             Ident = no\n\
             PAM = no\n\
             IncludeDir = {}\n",
            included.display()
        );
        fs::write(&config, text).unwrap();
        let log = File::create(folder.join("ngircd.log")).unwrap();
        // Where servers are on Debian, which is not in everybody's path.
        let installed = Path::new("/usr/sbin/ngircd");
        let program = if installed.exists() { installed } else { Path::new("ngircd") };
        let started = Command::new(program)
            .args(["--nodaemon", "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        let child = started.unwrap_or_else(|error| panic!("{HELP}\n{error}"));
        let mut server = Self { child, port };
        let is_ready = try_until(|| {
            if server.child.try_wait().unwrap().is_some() {
                return Some(false);
            }
            TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(true)
        });
        (is_ready == Some(true)).then_some(server)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What passed in one direction of one connection.
type Stream = Arc<Mutex<Vec<u8>>>;

/// Carries connections to the server, and notes all that passes before it passes.
pub(crate) struct Relay {
    port: u16,
    streams: Arc<Mutex<Vec<Stream>>>,
}

impl Relay {
    pub(crate) fn new(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let streams = Arc::default();
        let relay = Self { port, streams: Arc::clone(&streams) };
        thread::spawn(move || {
            while let Ok((near, _)) = listener.accept() {
                let far = TcpStream::connect(("127.0.0.1", server)).unwrap();
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let stream = Stream::default();
                    streams.lock().unwrap().push(Arc::clone(&stream));
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    thread::spawn(move || carry(from, to, &stream));
                }
            }
        });
        relay
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// What has passed until now, each direction of each connection apart.
    pub(crate) fn streams(&self) -> Vec<String> {
        let streams = self.streams.lock().unwrap();
        let texts = streams.iter().map(|stream| String::from_utf8(stream.lock().unwrap().clone()));
        texts.map(Result::unwrap).collect()
    }

    /// Waits until this has passed in some direction.
    pub(crate) fn wait_for(&self, text: &str) {
        let has_passed = || self.streams().iter().any(|stream| stream.contains(text)).then_some(());
        assert!(try_until(has_passed).is_some(), "{text:?} never passed: {:?}", self.streams());
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, stream: &Stream) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        stream.lock().unwrap().extend(&bytes[..count]);
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    // The other side may have gone before.
    let _ = to.shutdown(Shutdown::Write);
}
