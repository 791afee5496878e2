//! One account's connection, for as long as the account is in use: it connects, runs the session,
//! and after a failure waits and connects again.
//!
//! [`state`] survives reconnections; [`attempt`] gets online; [`event_loop`] runs a session while
//! online; [`mod@offline_action`] and [`offline_queue`] handle commands while offline.

mod attempt;
pub(crate) mod event_loop;
mod offline_action;
pub(crate) mod offline_queue;
pub(crate) mod state;

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use self::event_loop::{StreamEnd, sleep_until_some};
use self::offline_action::{OfflineAction, offline_action};
use self::offline_queue::OfflineQueue;
use self::state::{LinkState, OnClose};
use crate::backoff::Backoff;
use crate::client_id::ClientId;
use crate::failure::Failure;
use crate::session::Session;
use crate::sign_in::PasswordForm;
use crate::stanza::roster::Roster;
use crate::stream::Stream;
use crate::{Account, Command, Dialer, Event, OfflineReason};

/// Capacity of both channels. A slow reader slows the socket and never fills the memory.
const CHANNEL_CAPACITY: usize = 256;

/// One account's connection. Hold the two channel ends, spawn [`run`](Self::run).
#[derive(Debug)]
pub struct Link {
    /// Changed by commands while offline and online; each attempt reads it.
    account: Account,
    client_id: ClientId,
    /// Opens every connection of this account.
    dialer: Dialer,
    commands: mpsc::Receiver<Command>,
    state: LinkState,
    backoff: Backoff,
    /// The current session, or an earlier one that may still be resumed (XEP-0198 §5).
    session: Option<Session>,
    offline_queue: OfflineQueue,
    /// The form of the password that the server accepted last.
    password_form: PasswordForm,
}

/// How a session that was online ended.
enum SessionEnd {
    Failed(Failure),
    /// The engine wants another session at once.
    Renewed,
    /// The engine wants to stop.
    Stopped,
}

impl Link {
    /// A link that does nothing until it is run, the sender of its commands, and the receiver of
    /// its events. Read the events while sending commands: both channels are bounded.
    #[must_use]
    pub fn new(mut account: Account) -> (Self, mpsc::Sender<Command>, mpsc::Receiver<Event>) {
        let (command_sender, commands) = mpsc::channel(CHANNEL_CAPACITY);
        let (events, event_receiver) = mpsc::channel(CHANNEL_CAPACITY);
        // A token of another account must not be used for this one.
        let token = account.resume.take().filter(|token| token.jid.to_bare() == account.jid);
        let mut state = LinkState::new(events);
        state.availability = account.availability;
        state.roster = Roster::known(account.roster.take());
        let session = token.map(|token| Session::from_token(token, state.roster.version()));
        let link = Self {
            dialer: Dialer::new(account.route.clone()),
            account,
            client_id: ClientId::random(),
            commands,
            state,
            backoff: Backoff::default(),
            session,
            offline_queue: OfflineQueue::default(),
            password_form: PasswordForm::default(),
        };
        (link, command_sender, event_receiver)
    }

    /// What opens the connections of this account, for features that need another one than that to
    /// the server, such as file transfer: they must take the same route.
    #[must_use]
    pub fn dialer(&self) -> Dialer {
        self.dialer.clone()
    }

    /// Waits [`Account::initial_delay`], connects, signs in and stays online, until
    /// [`Command::SignOut`], [`Command::Suspend`], or until the other end of a channel is dropped.
    pub async fn run(mut self) {
        let mut attempt = 0_u32;
        let first_attempt_at = Instant::now() + self.account.initial_delay;
        let mut goes_on = self.wait(Some(first_attempt_at)).await;
        while goes_on {
            if self.state.on_close == OnClose::NewSession {
                self.state.on_close = OnClose::SignOut;
                self.forget_session();
            }
            attempt = attempt.saturating_add(1);
            self.state.events.push(Event::Connecting { attempt });
            let end = match self.attempt().await {
                Some(Ok(stream)) => {
                    attempt = 0;
                    self.run_session(stream).await
                }
                Some(Err(failure)) => SessionEnd::Failed(failure),
                None => SessionEnd::Stopped,
            };
            goes_on = match end {
                SessionEnd::Failed(failure) => self.back_off(failure).await,
                SessionEnd::Renewed => true,
                SessionEnd::Stopped => false,
            };
        }
        if self.state.on_close == OnClose::Suspend {
            self.suspend_session();
        } else {
            self.forget_session();
        }
        // If the receiver was dropped, nobody misses these.
        let _ = self.state.events.flush().await;
    }

    /// Runs the session until its stream ends.
    async fn run_session(&mut self, stream: Stream) -> SessionEnd {
        let since = Instant::now();
        let Self { account, commands, state, session, .. } = self;
        let Some(session) = session.as_mut() else { return SessionEnd::Stopped };
        let end = event_loop::run(stream, session, commands, state, account).await;
        self.backoff.held(since.elapsed());
        match end {
            StreamEnd::SignedOut if self.state.on_close == OnClose::NewSession => {
                let (reason, retry_in) = (OfflineReason::ConnectionLost, Duration::ZERO);
                self.state.events.push(Event::Offline { reason, retry_in });
                SessionEnd::Renewed
            }
            StreamEnd::SignedOut => SessionEnd::Stopped,
            StreamEnd::Broken { failure, resumable } => {
                if !(resumable && self.is_resumable()) {
                    self.forget_session();
                }
                SessionEnd::Failed(failure)
            }
        }
    }

    /// Reports the failure and waits before the next attempt; after a permanent one only for a
    /// command. `false` when the engine wants to stop.
    async fn back_off(&mut self, failure: Failure) -> bool {
        let until = match failure {
            Failure::Permanent(error) => {
                self.forget_session();
                self.state.events.push(Event::Refused(error));
                None
            }
            Failure::Transient(reason) => {
                let retry_in = self.backoff.next_pause(rand::random());
                self.state.events.push(Event::Offline { reason, retry_in });
                Some(Instant::now() + retry_in)
            }
        };
        self.wait(until).await
    }

    /// Waits until that time, if there is one, or until a command asks to retry. `false` when the
    /// engine wants to stop.
    async fn wait(&mut self, until: Option<Instant>) -> bool {
        let resumable = self.is_resumable();
        loop {
            let action = tokio::select! {
                () = sleep_until_some(until) => return true,
                action = offline_action(
                    &mut self.commands,
                    &mut self.state,
                    &mut self.account,
                    &mut self.offline_queue,
                    resumable,
                ) => action,
            };
            match action {
                OfflineAction::Continue => {}
                OfflineAction::RetrySoon if until.is_none() => {}
                OfflineAction::RetrySoon => {
                    self.backoff = Backoff::default();
                    return true;
                }
                OfflineAction::Retry | OfflineAction::RestartAttempt => return true,
                OfflineAction::Stop => return false,
            }
        }
    }

    fn is_resumable(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.management.is_resumable())
    }

    /// Drops a session that will not be resumed, and reports what it leaves undecided.
    fn forget_session(&mut self) {
        if let Some(session) = self.session.take() {
            let (unacked, unanswered) = session.into_unfinished();
            self.state.events.delivery_unknown(unacked);
            self.state.events.unanswered(unanswered);
        }
        self.offline_queue.fail_messages(&mut self.state);
    }

    /// Reports the token by which a later process may resume the session.
    fn suspend_session(&mut self) {
        let Some(session) = &mut self.session else { return };
        let Some(token) = session.resume_token() else { return self.forget_session() };
        self.state.events.delivery_unknown(session.management.drop_queue());
        self.state.events.push(Event::ResumeTokenChanged(token));
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpStream};
    use zeroize::Zeroizing;

    use super::*;
    use crate::{MessageKind, Redacted, Server};

    /// Runs a link to a server that accepts connections and then says nothing.
    async fn silence() -> (
        tokio::task::JoinHandle<()>,
        mpsc::Sender<Command>,
        mpsc::Receiver<Event>,
        TcpStream,
        TcpListener,
    ) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let jid = "alice@example.org".parse().unwrap();
        let (link, commands, mut events) = Link::new(Account {
            server: Server::At { host: "127.0.0.1".into(), port, direct_tls: false },
            ..Account::new(jid, Zeroizing::default())
        });
        let task = tokio::spawn(link.run());
        let (socket, _) = listener.accept().await.unwrap();
        assert!(matches!(events.recv().await, Some(Event::Connecting { attempt: 1 })));
        (task, commands, events, socket, listener)
    }

    #[tokio::test]
    async fn signing_out_does_not_wait_for_a_silent_server() {
        let (task, commands, mut events, _socket, _listener) = silence().await;
        commands.send(Command::SignOut).await.unwrap();
        task.await.unwrap();
        assert!(events.recv().await.is_none());
    }

    fn message() -> Command {
        Command::SendMessage {
            tag: 1,
            to: "bob@example.org".parse().unwrap(),
            id: "1".to_owned(),
            body: "hi".into(),
            kind: MessageKind::Plain,
            request_receipt: false,
            replaces: None,
        }
    }

    #[tokio::test]
    async fn dropping_either_end_ends_the_link() {
        let (task, commands, events, _socket, _listener) = silence().await;
        drop(commands);
        task.await.unwrap();
        drop(events);
        let (task, commands, events, _socket, _listener) = silence().await;
        drop(events);
        // Something to tell, and nobody to tell it to.
        commands.send(message()).await.unwrap();
        task.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_is_wished_ends_the_wait_for_its_turn_and_nothing_else_does() {
        const PATIENCE: Duration = Duration::from_secs(3600);
        let password = Zeroizing::<String>::default;
        let key = "a".repeat(64).parse().unwrap();
        for (command, expected) in [
            (Some(Command::Reconnect), Some(Duration::ZERO)),
            (Some(Command::SignIn { password: password().into() }), Some(Duration::ZERO)),
            (Some(Command::PinKey(key)), Some(Duration::ZERO)),
            (Some(Command::SetActive(false)), Some(PATIENCE)),
            (Some(Command::SignOut), None),
            (Some(Command::Suspend), None),
            (None, None),
        ] {
            let jid = "alice@example.onion".parse().unwrap();
            let account = Account { initial_delay: PATIENCE, ..Account::new(jid, password()) };
            let (link, commands, mut events) = Link::new(account);
            let (what, since) = (format!("{command:?}"), Instant::now());
            let task = tokio::spawn(link.run());
            // Without a wish the way in is dropped.
            let mut commands = Some(commands).filter(|_| command.is_some());
            if let (Some(commands), Some(command)) = (&mut commands, command) {
                commands.send(command).await.unwrap();
            }
            match (events.recv().await, expected) {
                (Some(Event::Connecting { attempt: 1 }), Some(expected)) => {
                    assert_eq!(since.elapsed(), expected, "{what}");
                }
                (None, None) => assert_eq!(since.elapsed(), Duration::ZERO, "{what}"),
                (event, _) => panic!("{what}: {event:?}"),
            }
            drop(commands);
            task.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_new_password_does_not_wait_for_the_old_attempt() {
        let (_task, commands, _events, _socket, listener) = silence().await;
        commands.send(Command::SignIn { password: Redacted::default() }).await.unwrap();
        listener.accept().await.unwrap();
    }

    #[tokio::test]
    async fn haste_ends_the_pause_after_a_broken_connection_and_none_after_a_refusal() {
        let jid = "alice@example.org".parse().unwrap();
        let (mut link, commands, mut events) = Link::new(Account::new(jid, Zeroizing::default()));
        for _ in 0..5 {
            commands.send(Command::NetworkChanged).await.unwrap();
            assert!(link.back_off(Failure::lost()).await);
            // Nor does the next pause grow.
            let Some(Event::Offline { retry_in, .. }) = events.recv().await else { panic!() };
            assert!(retry_in < Duration::from_secs(2), "{retry_in:?}");
        }
        commands.send(Command::NetworkChanged).await.unwrap();
        commands.send(Command::SignOut).await.unwrap();
        assert!(!link.back_off(Failure::Permanent(crate::SignInError::WrongPassword)).await);
    }

    #[tokio::test]
    async fn a_message_that_cannot_leave_is_unsure_at_once() {
        let (_task, commands, mut events, _socket, _listener) = silence().await;
        commands.send(message()).await.unwrap();
        assert!(
            matches!(events.recv().await, Some(Event::DeliveryUnknown { tags }) if tags == [1])
        );
    }

    #[tokio::test]
    async fn a_server_that_hangs_up_is_tried_again() {
        let (_task, commands, mut events, socket, listener) = silence().await;
        drop(socket);
        let lost = OfflineReason::ConnectionLost;
        let event = events.recv().await;
        assert!(matches!(event, Some(Event::Offline { reason, .. }) if reason == lost));
        commands.send(Command::Reconnect).await.unwrap();
        assert!(matches!(events.recv().await, Some(Event::Connecting { attempt: 2 })));
        listener.accept().await.unwrap();
    }
}
