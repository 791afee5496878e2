//! Ends the engine last, whichever way the program ends.

use std::cell::RefCell;
use std::thread::{self, JoinHandle};
use std::{io, mem};

use engine::Engine;
use std::sync::mpsc::{self, Sender};

/// Waits for the engine's goodbye when dropped. On a thread of its own: where the program is being
/// torn down, an async runtime can no longer be waited for.
struct Farewell {
    when_dropped: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

thread_local! {
    /// Of the main thread. Xlib calls `exit` there when its display is gone, as at the end of a
    /// session; what a thread keeps here is then dropped all the same, and goodbye is said.
    static FAREWELL: RefCell<Option<Farewell>> = const { RefCell::new(None) };
}

/// Takes the engine, to be ended by [`say`] or when this thread ends.
///
/// # Errors
/// When the system gives no thread.
pub(crate) fn prepare(engine: Engine) -> io::Result<()> {
    let (when_dropped, wait) = mpsc::channel::<()>();
    let thread = thread::Builder::new().name("sotto-farewell".to_owned()).spawn(move || {
        // Nothing is ever sent: it returns when the sender is dropped.
        let _ = wait.recv();
        engine.shutdown();
    })?;
    FAREWELL.set(Some(Farewell { when_dropped, thread: Some(thread) }));
    Ok(())
}

/// Ends the engine now, and waits for it.
pub(crate) fn say() {
    drop(FAREWELL.take());
}

impl Drop for Farewell {
    fn drop(&mut self) {
        drop(mem::replace(&mut self.when_dropped, mpsc::channel().0));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
