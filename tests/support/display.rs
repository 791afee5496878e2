//! A display without a screen, and a person in front of it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use kit::try_until;

use crate::{Daemon, Scratch, program, reading, run, until};

/// Where something stands on the display, in pixels from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// To the right.
    pub x: u32,
    /// Down.
    pub y: u32,
}

/// Xvfb with a window manager. A story sees it as a person does, by reading what is drawn, and
/// acts as a person does, with mouse and keys.
#[derive(Debug)]
pub struct Display {
    name: String,
    // Ended before the directory is removed: fields are dropped in order.
    _manager: Daemon,
    server: Daemon,
    scratch: Scratch,
}

impl Display {
    /// Starts one on a number nobody uses.
    ///
    /// # Panics
    /// When Xvfb or openbox is missing or does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::of_size(1600, 1100)
    }

    /// The same with a screen of this size, in pixels.
    ///
    /// # Panics
    /// When Xvfb or openbox is missing or does not start.
    #[must_use]
    pub fn of_size(width: u32, height: u32) -> Self {
        let scratch = Scratch::new("display");
        let mut server = Daemon::start(
            Command::new(program("Xvfb"))
                // Without `-noreset`, the first look at it that leaves before the window manager
                // has come would restart it under the window manager's feet.
                .args(["-displayfd", "1", "-screen", "0", &format!("{width}x{height}x24")])
                .args(["-nolisten", "tcp", "-noreset"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        );
        let mut number = String::new();
        let stdout = server.child().stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut number).expect("Xvfb says its number");
        let name = format!(":{}", number.trim());
        let manager = Daemon::start(
            Command::new(program("openbox"))
                .args(["--sm-disable"])
                .env("DISPLAY", &name)
                .env("HOME", scratch.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        let display = Self { name, _manager: manager, server, scratch };
        until("openbox should manage the display", || {
            let mut xprop = display.command("xprop");
            let output = xprop.args(["-root", "_NET_SUPPORTING_WM_CHECK"]).output().ok()?;
            String::from_utf8_lossy(&output.stdout).contains("window id").then_some(())
        });
        display
    }

    /// Its name, as `DISPLAY` has it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Ends it, whoever still shows something there.
    pub fn end(&self) {
        run(Command::new(program("kill")).args(["-TERM", &self.server.id().to_string()]));
    }

    /// Waits until a window's title matches this regular expression, and brings it to the front.
    ///
    /// # Panics
    /// When there is none; the message lists the titles there are.
    pub fn show_window(&self, title: &str) {
        let found = try_until(|| {
            let mut search = self.command("xdotool");
            search.args(["search", "--onlyvisible", "--name", title]);
            let output = search.output().ok()?;
            let ids = String::from_utf8_lossy(&output.stdout).into_owned();
            ids.split_whitespace().next().map(str::to_owned)
        });
        let Some(id) = found else {
            panic!("no window is called {title:?}; the display shows:\n{}", self.text());
        };
        run(self.command("xdotool").args(["windowactivate", "--sync", &id]));
    }

    /// Waits until no window's title matches this regular expression.
    ///
    /// # Panics
    /// When one stays.
    pub fn wait_until_closed(&self, title: &str) {
        until(&format!("the window {title:?} should close"), || {
            let mut search = self.command("xdotool");
            search.args(["search", "--onlyvisible", "--name", title]);
            search.output().ok()?.stdout.is_empty().then_some(())
        });
    }

    /// Presses keys together, by their names in X: `Return`, `ctrl+shift+p`.
    pub fn press(&self, keys: &str) {
        run(self.command("xdotool").args(["key", "--clearmodifiers", keys]));
    }

    /// Types text where the focus is.
    pub fn type_text(&self, text: &str) {
        run(self.command("xdotool").args(["type", "--delay", "15", "--", text]));
    }

    /// Presses keys together, types text and presses Return, with no pause between.
    pub fn press_and_type(&self, keys: &str, text: &str) {
        let mut xdotool = self.command("xdotool");
        xdotool.args(["key", "--delay", "0", "--clearmodifiers", keys]);
        xdotool
            .args(["type", "--delay", "0", "--args", "1", text, "key", "--delay", "0", "Return"]);
        run(&mut xdotool);
    }

    /// Gives the active window this size, in pixels.
    ///
    /// # Panics
    /// When there is none.
    pub fn resize(&self, width: u32, height: u32) {
        let (id, ..) = self.active_window().expect("a window is active");
        let size = [width.to_string(), height.to_string()];
        run(self.command("xdotool").args(["windowsize", "--sync", &id]).args(size));
    }

    /// Waits until the active window lies within the screen of this size, frame and all.
    ///
    /// # Panics
    /// When it stays larger.
    pub fn wait_until_within(&self, width: u32, height: u32) {
        until("the window should fit on the screen", || {
            let (_, corner, size) = self.active_window()?;
            (corner.x + size.x <= width && corner.y + size.y <= height).then_some(())
        });
    }

    /// Clicks.
    pub fn click(&self, spot: Spot) {
        let (x, y) = (spot.x.to_string(), spot.y.to_string());
        run(self.command("xdotool").args(["mousemove", "--sync", &x, &y, "click", "1"]));
    }

    /// Turns the wheel over this spot, to the end of whatever moves there.
    pub fn roll_to_end(&self, spot: Spot) {
        let (x, y) = (spot.x.to_string(), spot.y.to_string());
        let mut roll = self.command("xdotool");
        roll.args(["mousemove", "--sync", &x, &y, "click", "--repeat", "30", "--delay", "20", "5"]);
        run(&mut roll);
    }

    /// Turns the wheel over the middle of the active window until this stands there, and says where;
    /// it may be part of a longer word.
    ///
    /// # Panics
    /// When it never does.
    pub fn scroll_to_part(&self, part: &str) -> Spot {
        let found = try_until(|| {
            if let Some(spot) = reading::find_part(&self.read(), part) {
                return Some(spot);
            }
            let (_, corner, size) = self.active_window()?;
            let (x, y) = (corner.x + size.x / 2, corner.y + size.y / 2);
            let (x, y) = (x.to_string(), y.to_string());
            run(self.command("xdotool").args(["mousemove", "--sync", &x, &y, "click", "5"]));
            None
        });
        found.unwrap_or_else(|| panic!("{part:?} is nowhere; the display shows:\n{}", self.text()))
    }

    /// Waits until this stands in the active window, and clicks on it.
    ///
    /// # Panics
    /// When it never does.
    pub fn click_on(&self, words: &str) {
        let spot = self.wait_for_text(words);
        self.click(spot);
    }

    /// Waits until this stands in the active window, and says where: the middle of the first place in
    /// reading order. Capitals and punctuation do not matter. Light letters on a dark button cannot
    /// be read; they are pressed by the keyboard.
    ///
    /// # Panics
    /// When it never does; the message shows what was read instead.
    pub fn wait_for_text(&self, words: &str) -> Spot {
        try_until(|| reading::find(&self.read(), words)).unwrap_or_else(|| {
            panic!("{words:?} never came up; the display shows:\n{}", self.text())
        })
    }

    /// The same for what may be part of a longer word, as it is where marks are drawn beside it.
    ///
    /// # Panics
    /// When it never comes; the message shows what was read instead.
    pub fn wait_for_part(&self, part: &str) -> Spot {
        try_until(|| reading::find_part(&self.read(), part)).unwrap_or_else(|| {
            panic!("nothing with {part:?} in it came up; the display shows:\n{}", self.text())
        })
    }

    /// Waits until this no longer stands in the active window.
    ///
    /// # Panics
    /// When it stays.
    pub fn wait_until_gone(&self, words: &str) {
        until(&format!("{words:?} should go away"), || {
            reading::find(&self.read(), words).is_none().then_some(())
        });
    }

    /// Everything that can be read now in the active window.
    #[must_use]
    pub fn text(&self) -> String {
        reading::text(&self.read())
    }

    /// Takes a picture of the active window.
    ///
    /// # Panics
    /// When there is none.
    pub fn photograph(&self, file: &Path) {
        let (id, ..) = self.active_window().expect("a window is active");
        run(self.command("import").args(["-window", &id]).arg(file));
    }

    /// Reads the active window: it is what a person looks at.
    fn read(&self) -> Vec<reading::Word> {
        let Some((id, corner, _)) = self.active_window() else { return Vec::new() };
        let picture = self.scratch.file("now.png");
        let taken = self.command("import").args(["-window", &id]).arg(&picture).output();
        // It may have closed meanwhile.
        if !taken.is_ok_and(|taken| taken.status.success()) {
            return Vec::new();
        }
        reading::read(&picture, corner)
    }

    /// The active window, its upper left corner, and how far it goes on from there.
    fn active_window(&self) -> Option<(String, Spot, Spot)> {
        let active = self.command("xdotool").arg("getactivewindow").output().ok()?;
        let id = String::from_utf8_lossy(&active.stdout).trim().to_owned();
        // Not xdotool's own answer: it counts the window manager's frame twice.
        let geometry = self.command("xwininfo").args(["-id", &id]).output().ok()?;
        let geometry = String::from_utf8_lossy(&geometry.stdout).into_owned();
        let value = |name: &str| {
            let line = geometry.lines().find_map(|line| line.trim().strip_prefix(name))?;
            line.trim().parse().ok()
        };
        let x = value("Absolute upper-left X:")?;
        let y = value("Absolute upper-left Y:")?;
        Some((id, Spot { x, y }, Spot { x: value("Width:")?, y: value("Height:")? }))
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        command.env("DISPLAY", &self.name);
        command
    }
}
