//! A terminal whose screen a story can read and type into.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use kit::try_until;

use crate::{Scratch, program, run};

/// Wide and high enough that nothing scrolls away within one story.
const COLUMNS: &str = "160";
const ROWS: &str = "190";

/// A program in a terminal of a private tmux server; both end when it is dropped.
#[derive(Debug)]
pub struct Terminal {
    socket: PathBuf,
    _scratch: Scratch,
}

impl Terminal {
    /// Starts a program in one, with these variables.
    ///
    /// # Panics
    /// When tmux is missing or the program cannot be started.
    pub fn start<'a>(
        command: &[&str],
        variables: impl IntoIterator<Item = (&'a str, &'a OsStr)>,
    ) -> Self {
        let scratch = Scratch::new("tmux");
        let terminal = Self { socket: scratch.file("socket"), _scratch: scratch };
        run(terminal
            .tmux(["new-session", "-d", "-x", COLUMNS, "-y", ROWS])
            .args(command)
            .env_remove("TMUX")
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .env("LC_ALL", "C.UTF-8")
            .envs(variables));
        terminal
    }

    /// Types a line and presses Enter.
    pub fn enter(&self, line: &str) {
        self.type_text(line);
        self.press("Enter");
    }

    /// Types text as it is.
    pub fn type_text(&self, text: &str) {
        run(self.tmux(["send-keys", "-l", "--"]).arg(text));
    }

    /// Presses a key, by its name in tmux.
    pub fn press(&self, key: &str) {
        run(&mut self.tmux(["send-keys", key]));
    }

    /// What stands on the screen now.
    #[must_use]
    pub fn screen(&self) -> String {
        run(&mut self.tmux(["capture-pane", "-p"]))
    }

    /// Waits until the screen shows this. Where lines break does not matter, nor does any other
    /// space.
    ///
    /// # Panics
    /// When it never does; the message shows the screen.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("the screen should show {text:?}"), |screen| {
            squeeze(screen).contains(&squeeze(text))
        });
    }

    /// Waits until the screen is as wished.
    ///
    /// # Panics
    /// When it never is; the message shows the screen.
    pub fn wait_until(&self, what: &str, wish: impl Fn(&str) -> bool) {
        let shown = try_until(|| wish(&self.screen()).then_some(()));
        if shown.is_none() {
            let screen = self.screen();
            let lines: Vec<_> = screen.lines().filter(|line| !line.trim().is_empty()).collect();
            panic!("{what}, but it shows:\n{}", lines.join("\n"));
        }
    }

    fn tmux<const COUNT: usize>(&self, arguments: [&str; COUNT]) -> Command {
        let mut command = Command::new(program("tmux"));
        command.arg("-S").arg(&self.socket).args(["-f", "/dev/null"]).args(arguments);
        command
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tmux(["kill-server"]).output();
    }
}

/// Text without its white space.
pub(crate) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect()
}
