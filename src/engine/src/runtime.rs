//! Starting and stopping the engine on its own runtime, apart from the window's.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use xmpp::CertificateDer;

use crate::message::{Command, Event, UserDirs};
use crate::router::Router;

/// How many commands, or events, may wait for their reader.
const QUEUE_DEPTH: usize = 1024;
/// How long contacts are waited for while private conversations are ended.
const GOODBYE: Duration = Duration::from_secs(3);

/// How long what runs on threads of its own is waited for after that.
const LAST_THREADS: Duration = Duration::from_secs(1);

/// What the engine must know before it starts.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The folder of the profile; `None` keeps nothing on disk, whatever is chosen later.
    pub profile: Option<PathBuf>,
    /// Where other programs of this person keep their accounts; `None` looks nowhere.
    pub homes: Option<UserDirs>,
    /// Certificate authorities to trust besides the system's.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// What a contact reads whose program does not know the offer to go private; chosen by the
    /// window, since words are. Anybody on the way can read it.
    pub offer: String,
}

/// The running engine. Outlives the window, so that it can say goodbye to contacts.
#[derive(Debug)]
pub struct Engine {
    runtime: Runtime,
    router: JoinHandle<()>,
    ending: Ending,
}

/// Ends the engine while its [`Handle`]s are in use: private conversations are ended, streams are
/// closed, then no more events come.
#[derive(Clone, Debug, Default)]
pub struct Ending(Arc<Notify>);

impl Ending {
    /// Begins to say goodbye. [`Engine::shutdown`] waits for it.
    pub fn begin(&self) {
        self.0.notify_one();
    }

    /// Waits until it is to begin.
    pub(crate) async fn begun(&self) {
        self.0.notified().await;
    }
}

/// What the window holds.
#[derive(Clone, Debug)]
pub struct Handle(mpsc::Sender<Command>);

/// What the engine tells, in order.
#[derive(Debug)]
pub struct Events(mpsc::Receiver<Event>);

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.0.poll_recv(cx)
    }
}

impl Handle {
    /// Hands a command over; gives it back if the engine is gone or swamped.
    ///
    /// # Errors
    ///
    /// The command, undone.
    #[expect(clippy::result_large_err, reason = "the command itself is what must not be lost")]
    pub fn send(&self, command: Command) -> Result<(), Command> {
        self.0.try_send(command).map_err(mpsc::error::TrySendError::into_inner)
    }
}

impl Engine {
    /// Starts the engine on two worker threads.
    ///
    /// # Errors
    ///
    /// When the operating system gives us no threads.
    pub fn start(config: Config) -> std::io::Result<(Self, Handle, Events)> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("sotto-engine")
            .enable_all()
            .build()?;
        let (to_engine, commands) = mpsc::channel(QUEUE_DEPTH);
        let (to_window, events) = mpsc::channel(QUEUE_DEPTH);
        let ending = Ending::default();
        let router = Router::new(config, to_window).run(commands, ending.clone());
        let router = runtime.spawn(router);
        Ok((Self { runtime, router, ending }, Handle(to_engine), Events(events)))
    }

    /// What ends it from elsewhere.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.ending.clone()
    }

    /// Ends private conversations and waits for that, at most three seconds.
    /// (`Runtime::shutdown_timeout` alone would *drop* the actors at their next await, goodbyes
    /// unsaid.)
    pub fn shutdown(self) {
        let Self { runtime, router, ending } = self;
        ending.begin();
        let _ = runtime.block_on(async { tokio::time::timeout(GOODBYE, router).await });
        // What still writes to the disk is waited for; a keyring that never answers is not.
        runtime.shutdown_timeout(LAST_THREADS);
    }
}
