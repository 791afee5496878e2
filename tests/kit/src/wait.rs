//! Waiting for programs that tell nobody when they are ready.

use std::thread;
use std::time::{Duration, Instant};

/// Only guards against hanging: far longer than anything here takes on a busy machine.
pub const GUARD: Duration = Duration::from_secs(60);

/// Between two looks at a screen, a file or a port, none of which can be waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(40);

/// Looks until there is something to see, and returns it.
///
/// # Panics
/// With `what` after [`GUARD`].
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    try_until(look).unwrap_or_else(|| panic!("waited {GUARD:?} in vain: {what}"))
}

/// Looks until there is something to see; `None` after [`GUARD`].
pub fn try_until<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return Some(seen);
        }
        if began.elapsed() > GUARD {
            return None;
        }
        thread::sleep(LOOK_AGAIN);
    }
}
