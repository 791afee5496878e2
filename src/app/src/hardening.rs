//! Keeps the memory of this process to itself, as far as the system lets a program. Not here: what
//! is wiped, which is the business of whoever holds a secret.

/// No memory is written to a file when the program crashes, whoever asks: the limit cannot be
/// raised again. To be called before anything else.
pub(crate) fn forbid_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};

        let nothing = Rlimit { current: Some(0), maximum: Some(0) };
        if let Err(error) = setrlimit(Resource::Core, nothing) {
            tracing::warn!(%error, "a crash may leave a core dump");
        }
    }
}

/// Closes the memory to the debuggers and other programs of the same person, and to collectors of
/// core dumps, which no limit stops (core(5), "Piping core dumps to a program").
///
/// To be called once the desktop has been asked for its colours and before any secret is there:
/// xdg-desktop-portal up to 1.20 answers nobody whose `/proc/PID/root` it cannot open.
pub(crate) fn close_to_others() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "other programs may read the memory");
        }
    }
}

/// Keeps all memory out of swap where the system sets no limit to that. Under a limit it is left
/// as it is: what came later than the limit allows would end the program in the middle of a word.
pub(crate) fn lock_memory() {
    #[cfg(target_os = "linux")]
    {
        use rustix::mm::{MlockAllFlags, mlockall};
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        if getrlimit(Resource::Memlock).maximum.is_some() {
            return;
        }
        let everything = Rlimit { current: None, maximum: None };
        // Only what was touched: stacks and arenas reserve far more than they use.
        let flags = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
        let locked = setrlimit(Resource::Memlock, everything).and_then(|()| mlockall(flags));
        if let Err(error) = locked {
            tracing::warn!(%error, "memory may be written to swap");
        }
    }
}
