//! The built program, used as a person uses it.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::{env, fs, io};

use crate::{Daemon, Desktop, Display, PASSWORD, Prosody, Wire, XmppServer, program, run, until};

/// The title of its main window, as a regular expression; unread messages are counted before it.
const MAIN: &str = "^(\\([0-9]+\\) )?Sotto$";
/// The title of the window of key codes.
const KEYS: &str = "^Key codes";

/// The size of the disk that can be filled.
const DISK_BYTES: u32 = 4 << 20;
/// What fills it.
const FILLER: &str = "filler";

/// Sotto on somebody's desktop.
#[derive(Debug)]
pub struct Window<'a> {
    desktop: &'a Desktop,
    server: &'a Prosody,
    program: Daemon,
}

impl<'a> Window<'a> {
    /// Starts it and waits for its window.
    ///
    /// # Panics
    /// When it was not built, or shows no window.
    #[must_use]
    pub fn open(desktop: &'a Desktop, server: &'a Prosody) -> Self {
        Self::start(desktop, server, desktop.command(binary()))
    }

    /// The same, with words on the command line.
    ///
    /// # Panics
    /// When it was not built, or shows no window.
    #[must_use]
    pub fn open_with(desktop: &'a Desktop, server: &'a Prosody, words: &[&str]) -> Self {
        let mut command = desktop.command(binary());
        command.args(words);
        Self::start(desktop, server, command)
    }

    /// The same, started by the last of these words, which are a command: `sh -c …` with the
    /// program as `$0`, or `env NAME=VALUE` before it. It must become the program.
    ///
    /// # Panics
    /// When it was not built, or shows no window.
    #[must_use]
    pub fn open_by(desktop: &'a Desktop, server: &'a Prosody, command: &[&str]) -> Self {
        let (first, words) = command.split_first().expect("a command");
        let mut command = desktop.command(program(first));
        command.args(words).arg(binary());
        Self::start(desktop, server, command)
    }

    /// The same where everything Sotto keeps is on a disk of its own, which is full.
    ///
    /// # Panics
    /// When it was not built, or shows no window.
    #[must_use]
    pub fn open_on_full_disk(desktop: &'a Desktop, server: &'a Prosody) -> Self {
        let script = format!(
            "mount -t tmpfs -o size={DISK_BYTES} tmpfs \"$0\" && \
             {{ cat /dev/zero >\"$0/{FILLER}\" 2>/dev/null; exec \"$1\"; }}"
        );
        let mut command = desktop.command(program("unshare"));
        command
            .args(["--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-c", &script])
            .arg(desktop.file("data"))
            .arg(binary());
        Self::start(desktop, server, command)
    }

    fn start(desktop: &'a Desktop, server: &'a Prosody, mut command: Command) -> Self {
        let errors = fs::File::create(desktop.file("sotto.log")).expect("a home of our own");
        command
            .env("SSL_CERT_FILE", server.certificates().authority())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors);
        let window = Self { desktop, server, program: Daemon::start(&mut command) };
        window.display().show_window(MAIN);
        window
    }

    /// Makes room on its disk, of those that [`Window::open_on_full_disk`] gives.
    ///
    /// # Panics
    /// When it is not full.
    pub fn make_room(&self) {
        fs::remove_file(self.disk().join(FILLER)).expect("the disk is full");
    }

    /// Fills its disk, of those that [`Window::open_on_full_disk`] gives.
    ///
    /// # Panics
    /// When it is not there.
    pub fn fill_disk(&self) {
        let mut filler = fs::File::create(self.disk().join(FILLER)).expect("a disk");
        let full = io::copy(&mut io::repeat(0), &mut filler).expect_err("a disk has an end");
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    }

    /// Its data as the program sees it: in a mount namespace of its own.
    fn disk(&self) -> PathBuf {
        let data = self.desktop.file("data");
        let inside = data.strip_prefix("/").expect("the path of a home is whole");
        Path::new("/proc").join(self.program.id().to_string()).join("root").join(inside)
    }

    /// The display it is on.
    #[must_use]
    pub fn display(&self) -> &'a Display {
        self.desktop.display()
    }

    /// Signs in by the form, as `name` on the server.
    pub fn sign_in(&self, name: &str) {
        let display = self.display();
        display.wait_for_text("Try it without an account");
        display.click_on("Sign in");
        display.wait_for_text("Password");
        // The first field has the focus, and Enter goes on to the next.
        display.type_text(&format!("{name}@localhost"));
        display.press("Return");
        display.type_text(PASSWORD);
        display.click_on("Server");
        display.click_on("Found by itself");
        display.type_text("127.0.0.1");
        display.press("Tab");
        display.type_text(&self.server.port().to_string());
        display.press("Return");
    }

    /// The same through a wire that was tapped.
    pub fn sign_in_over(&self, name: &str, wire: &Wire) {
        let display = self.display();
        display.wait_for_text("Try it without an account");
        display.click_on("Sign in");
        display.wait_for_text("Password");
        display.type_text(&format!("{name}@localhost"));
        display.press("Return");
        display.type_text(PASSWORD);
        display.click_on("Server");
        display.click_on("TLS from the first byte");
        display.click_on("Found by itself");
        display.type_text("127.0.0.1");
        display.press("Tab");
        display.type_text(&wire.port().to_string());
        display.press("Return");
    }

    /// How much memory it takes, in bytes (`VmRSS`).
    ///
    /// # Panics
    /// When it has ended.
    #[must_use]
    pub fn memory(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.program.id()));
        let status = status.expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        let kib: usize = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kib * 1024
    }

    /// Opens the conversation with somebody who is on the list, makes it private by typing, and
    /// clicks into the composer, which is empty then.
    pub fn open_chat(&self, name: &str) {
        let display = self.display();
        display.click_on(name);
        display.type_text("x");
        display.press("BackSpace");
        display.click_on("Private message");
    }

    /// Asks the contact of the open conversation a question.
    pub fn ask(&self, question: &str, answer: &str) {
        let display = self.display();
        display.press("ctrl+shift+v");
        display.click_on("Ask a question");
        display.wait_for_text("Your question");
        display.type_text(question);
        display.press("Tab");
        display.type_text(answer);
        display.press("Return");
    }

    /// Opens the window of key codes.
    pub fn open_keys(&self) {
        self.display().click_on("Key codes");
        self.display().show_window(KEYS);
    }

    /// Closes the window of key codes and comes back to the main one.
    pub fn close_keys(&self) {
        self.display().show_window(KEYS);
        self.display().press("ctrl+w");
        self.display().wait_until_closed(KEYS);
        self.display().show_window(MAIN);
    }

    /// Takes a picture of the active window into a folder.
    ///
    /// # Panics
    /// When the folder cannot be made.
    pub fn photograph(&self, folder: &Path, name: &str) {
        fs::create_dir_all(folder).expect("a folder for pictures");
        self.display().photograph(&folder.join(format!("{name}.png")));
    }

    /// Quits by the keyboard and waits until the program has ended.
    ///
    /// # Panics
    /// When it does not end, or not well.
    pub fn quit(mut self) {
        self.display().show_window(MAIN);
        self.display().press("ctrl+q");
        let status = until("Sotto should quit", || self.program.ended());
        assert!(status.success(), "Sotto ended with {status}:\n{}", self.log());
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.program.id()
    }

    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        run(Command::new(program("kill")).args([&format!("-{name}"), &self.id().to_string()]));
    }

    /// Waits until the program has ended, and says how.
    pub fn wait_until_ended(mut self) -> ExitStatus {
        until("Sotto should end", || self.program.ended())
    }

    /// What it complained about.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.desktop.file("sotto.log")).unwrap_or_default()
    }
}

/// Where pictures of each step are left for whoever wants to look.
///
/// # Panics
/// When the story was not built by cargo.
#[must_use]
pub fn pictures() -> PathBuf {
    let story = env::current_exe().expect("a story is a file");
    let built = story.parent().and_then(Path::parent).and_then(Path::parent);
    built.expect("it stands in cargo's folder").join("screenshots")
}

/// Where cargo put it: beside the story's program, or one above.
fn binary() -> PathBuf {
    let story = env::current_exe().expect("a story is a file");
    story
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("sotto"))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("Sotto is not built: run cargo build --workspace"))
}
