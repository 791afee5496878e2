//! Being asked to end from outside: by `kill`, by the terminal, by the end of the session.

use std::io;

use engine::Ending;
use futures::channel::mpsc;

/// Watches from now on. At the first of `SIGTERM`, `SIGINT` and `SIGHUP` the engine begins to say
/// goodbye, whatever the window does meanwhile, and the window is asked to close; the second ends
/// the program at once.
///
/// # Errors
/// When the system gives no thread or no handler.
#[cfg(unix)]
pub(crate) fn watch(ending: Ending) -> io::Result<mpsc::Receiver<()>> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let (mut ask, asked) = mpsc::channel(0);
    std::thread::Builder::new().name("sotto-signals".to_owned()).spawn(move || {
        let mut signals = signals.forever();
        let _ = signals.next();
        ending.begin();
        // Nobody listens any more if the window has closed already.
        let _ = ask.try_send(());
        let second = signals.next().unwrap_or_default();
        // As a shell calls a program that a signal ended.
        signal_hook::low_level::exit(128 + second);
    })?;
    Ok(asked)
}

/// Elsewhere nobody asks in a way that could be answered here.
#[cfg(not(unix))]
pub(crate) fn watch(_ending: Ending) -> io::Result<mpsc::Receiver<()>> {
    Ok(mpsc::channel(0).1)
}
