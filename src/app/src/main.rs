//! Puts the pieces together: arguments, the profile, logging, the engine, the window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod farewell;
mod hardening;
mod logging;
mod signals;

use std::alloc::System;
use std::io::Write as _;
use std::process::ExitCode;

use arguments::{Arguments, Invocation};
use engine::{Config, Engine, UserDirs};
use sotto::app::StartMode;
use sotto::run::SystemHooks;
use sotto::{run, t};
use vault::SealedSecrets;
use zeroizing_alloc::ZeroAlloc;

/// Overwrites memory when it is given back: a text or a password is copied by every library that
/// draws, reads or sends it, and none of them wipes its copies.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

/// Qualifier, organisation and name, from which each desktop makes the folder of the profile.
const FOLDER: (&str, &str, &str) = ("im", "sotto", "Sotto");

fn main() -> ExitCode {
    hardening::forbid_core_dumps();
    let invocation = arguments::read(std::env::args_os().skip(1));
    let arguments = match invocation {
        Invocation::Run(arguments) => arguments,
        Invocation::Help => return say(&usage()),
        Invocation::Version => return say(&format!("Sotto {}", env!("CARGO_PKG_VERSION"))),
        Invocation::Unknown(argument) => return complain(&t!("bad-argument", argument = argument)),
        Invocation::Incomplete(argument) => {
            return complain(&t!("argument-needs-value", argument = argument));
        }
    };
    logging::start();
    hardening::lock_memory();
    if !has_display() {
        return complain(&t!("no-display"));
    }
    start(&arguments)
}

fn start(arguments: &Arguments) -> ExitCode {
    let (profile, start_mode) = match profile(arguments) {
        Ok(found) => found,
        Err(words) => return complain(&words),
    };
    let offer = sotto::text::strip_isolates(&t!("offer"));
    let config = Config { profile, homes: homes(), offer, ..Config::default() };
    let (engine, handle, events) = match Engine::start(config) {
        Ok(parts) => parts,
        Err(error) => return complain(&t!("no-threads", error = error.to_string())),
    };
    let asked_to_end = signals::watch(engine.ending());
    let asked_to_end =
        match asked_to_end.and_then(|asked| farewell::prepare(engine).map(|()| asked)) {
            Ok(asked) => asked,
            Err(error) => return complain(&t!("no-threads", error = error.to_string())),
        };
    let hooks = SystemHooks { asked_to_end, window_is_there: hardening::close_to_others };
    let outcome = run::run(handle, events, start_mode, hooks);
    farewell::say();
    let code = match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&t!("no-window", error = error.to_string())),
    };
    leave(code)
}

/// Ends the program without the exit handlers of C libraries, which would take away what a thread
/// that cannot be waited for still uses (a keyring that does not answer, a driver of the desktop).
#[cfg(unix)]
fn leave(code: ExitCode) -> ExitCode {
    let _ = std::io::stdout().flush();
    signal_hook::low_level::exit(i32::from(code != ExitCode::SUCCESS))
}

/// Elsewhere there is no such way.
#[cfg(not(unix))]
fn leave(code: ExitCode) -> ExitCode {
    code
}

/// Where other programs keep what is theirs.
fn homes() -> Option<UserDirs> {
    let folders = directories::BaseDirs::new()?;
    Some(UserDirs {
        home: folders.home_dir().to_owned(),
        config: folders.config_dir().to_owned(),
        data: folders.data_dir().to_owned(),
    })
}

/// Where the profile lies, and how to open it.
fn profile(arguments: &Arguments) -> Result<(Option<std::path::PathBuf>, StartMode), String> {
    if arguments.practice {
        return Ok((None, StartMode::Practice));
    }
    let profile = match &arguments.profile {
        Some(folder) => folder.clone(),
        None => {
            let (qualifier, organisation, name) = FOLDER;
            directories::ProjectDirs::from(qualifier, organisation, name)
                .ok_or_else(|| t!("no-profile"))?
                .data_local_dir()
                .to_owned()
        }
    };
    let sealed = SealedSecrets::exist(&profile);
    let start_mode = if sealed { StartMode::Sealed } else { StartMode::Keyring };
    Ok((Some(profile), start_mode))
}

/// Without one, the windowing library would panic instead of telling.
fn has_display() -> bool {
    if !cfg!(all(unix, not(target_os = "macos"))) {
        return true;
    }
    ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn usage() -> String {
    sotto::text::strip_isolates(&t!("usage", version = env!("CARGO_PKG_VERSION")))
}

fn say(words: &str) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "{words}");
    ExitCode::SUCCESS
}

fn complain(words: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{}", sotto::text::strip_isolates(words));
    ExitCode::FAILURE
}
