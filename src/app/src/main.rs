//! Puts the pieces together: arguments, the profile, logging, the engine, the window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;

use std::io::Write as _;
use std::process::ExitCode;

use arguments::{Arguments, Wish};
use engine::{Config, Engine, Homes};
use sotto::app::Beginning;
use sotto::{run, t};
use tracing_subscriber::EnvFilter;
use vault::SealedSecrets;

/// Qualifier, organisation and name, from which each desktop makes the folder of the profile.
const FOLDER: (&str, &str, &str) = ("im", "sotto", "Sotto");

fn main() -> ExitCode {
    let wish = arguments::read(std::env::args_os().skip(1));
    let arguments = match wish {
        Wish::Run(arguments) => arguments,
        Wish::Help => return say(&usage()),
        Wish::Version => return say(&format!("Sotto {}", env!("CARGO_PKG_VERSION"))),
        Wish::Unknown(argument) => return complain(&t!("bad-argument", argument = argument)),
        Wish::Incomplete(argument) => {
            return complain(&t!("argument-needs-value", argument = argument));
        }
    };
    log();
    if !has_display() {
        return complain(&t!("no-display"));
    }
    start(&arguments)
}

fn start(arguments: &Arguments) -> ExitCode {
    let (profile, beginning) = match profile(arguments) {
        Ok(found) => found,
        Err(words) => return complain(&words),
    };
    let offer = sotto::text::plain(&t!("offer"));
    let config = Config { profile, homes: homes(), offer, ..Config::default() };
    let (engine, handle, events) = match Engine::start(config) {
        Ok(parts) => parts,
        Err(error) => return complain(&t!("no-threads", error = error.to_string())),
    };
    let outcome = run::run(handle, events, beginning);
    engine.shutdown();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&t!("no-window", error = error.to_string())),
    }
}

/// Where other programs keep what is theirs.
fn homes() -> Option<Homes> {
    let folders = directories::BaseDirs::new()?;
    Some(Homes {
        home: folders.home_dir().to_owned(),
        config: folders.config_dir().to_owned(),
        data: folders.data_dir().to_owned(),
    })
}

/// Where the profile lies, and how to open it.
fn profile(arguments: &Arguments) -> Result<(Option<std::path::PathBuf>, Beginning), String> {
    if arguments.practice {
        return Ok((None, Beginning::Practice));
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
    let beginning = if sealed { Beginning::Sealed } else { Beginning::Keyring };
    Ok((Some(profile), beginning))
}

/// `RUST_LOG` chooses; but what could write bodies or passwords stays silent whatever it says.
fn log() {
    let mut filter = EnvFilter::builder()
        .with_default_directive(tracing::level_filters::LevelFilter::WARN.into())
        .from_env_lossy();
    for target in engine::QUIET_TARGETS {
        if let Ok(directive) = format!("{target}=warn").parse() {
            filter = filter.add_directive(directive);
        }
    }
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
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
    sotto::text::plain(&t!("usage", version = env!("CARGO_PKG_VERSION")))
}

fn say(words: &str) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "{words}");
    ExitCode::SUCCESS
}

fn complain(words: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{}", sotto::text::plain(words));
    ExitCode::FAILURE
}
