//! One account's connection over its whole life: connecting, online, waiting, trying again.

pub(crate) mod event_loop;
pub(crate) mod offline_action;
pub(crate) mod offline_queue;
pub(crate) mod state;

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::backoff::Backoff;
use crate::client_id::Instance;
use crate::connect::{self, Protection, Secured};
use crate::establish::{Established, Fates, establish, wishes};
use crate::failure::Failure;
use crate::link::event_loop::{End, drive, sleep_until_some};
use crate::link::offline_action::{Wish, wish};
use crate::link::offline_queue::Late;
use crate::link::state::{Afterwards, Life};
use crate::session::Session;
use crate::sign_in::Form;
use crate::stanza::roster::Roster;
use crate::stream::Stream;
use crate::{Account, Command, Event, OfflineReason, ProxyCredentials, Route, Security, sign_in};

/// How many commands or events may wait. A slow reader slows the socket, never fills the memory.
const CHANNEL_CAPACITY: usize = 256;
/// How long connecting and signing in may take together.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// The same on a longer way.
const ROUTED_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(90);

/// One account's connection. Hold the two channel ends, spawn [`run`](Self::run).
#[derive(Debug)]
pub struct Link {
    account: Account,
    instance: Instance,
    /// What Tor knows this account by.
    isolation: ProxyCredentials,
    commands: mpsc::Receiver<Command>,
    life: Life,
    backoff: Backoff,
    /// The session under way, or an earlier one that may be resumed.
    session: Option<Session>,
    late: Late,
    /// In which form the server took the password.
    form: Form,
}

/// How being online ended.
enum Stay {
    Failed(Failure),
    /// The engine wants another session at once.
    Renewed,
    /// The engine wants no more.
    Over,
}

impl Link {
    /// A link that does nothing until it is run, the way in, and the way out. Read the events
    /// while sending commands: both channels are bounded.
    #[must_use]
    pub fn new(mut account: Account) -> (Self, mpsc::Sender<Command>, mpsc::Receiver<Event>) {
        let (command_sender, commands) = mpsc::channel(CHANNEL_CAPACITY);
        let (events, event_receiver) = mpsc::channel(CHANNEL_CAPACITY);
        // Another account's session is none of ours.
        let resume = account.resume.take().filter(|resume| resume.jid.to_bare() == account.jid);
        let mut life = Life::new(events);
        life.availability = account.availability;
        life.roster = Roster::known(account.roster.take());
        let session = resume.map(|resume| Session::revive(resume, life.roster.version()));
        let link = Self {
            account,
            instance: Instance::random(),
            isolation: ProxyCredentials::random(),
            commands,
            life,
            backoff: Backoff::default(),
            session,
            late: Late::default(),
            form: Form::default(),
        };
        (link, command_sender, event_receiver)
    }

    /// Waits its turn, connects, signs in and stays, until [`Command::SignOut`],
    /// [`Command::Suspend`], or until the other end of a channel is dropped.
    pub async fn run(mut self) {
        let mut attempt = 0_u32;
        let its_turn = Instant::now() + self.account.patience;
        let mut goes_on = self.wait(Some(its_turn)).await;
        while goes_on {
            if self.life.afterwards == Afterwards::NewSession {
                self.life.afterwards = Afterwards::Nothing;
                self.forget_session();
            }
            attempt = attempt.saturating_add(1);
            self.life.events.push(Event::Connecting { attempt });
            let ended = match self.attempt().await {
                Some(Ok(stream)) => {
                    attempt = 0;
                    self.stay(stream).await
                }
                Some(Err(failure)) => Stay::Failed(failure),
                None => Stay::Over,
            };
            goes_on = match ended {
                Stay::Failed(failure) => self.pause(failure).await,
                Stay::Renewed => true,
                Stay::Over => false,
            };
        }
        if self.life.afterwards == Afterwards::LaterProcess {
            self.suspend_session();
        } else {
            self.forget_session();
        }
        // If nobody listens any more there is nobody to miss them.
        let _ = self.life.events.flush().await;
    }

    /// Tries once to get online; `None` when the engine wants no more.
    async fn attempt(&mut self) -> Option<Result<Stream, Failure>> {
        loop {
            let account = self.account.clone();
            let mut fates = Fates::default();
            let resumable = self.is_resumable();
            if !resumable {
                self.late.forget_messages(&mut self.life);
            }
            let roster_version = self.life.roster.version().map(str::to_owned);
            let outcome = {
                let go_online = go_online(
                    &account,
                    &self.isolation,
                    &self.instance,
                    roster_version.as_deref(),
                    &mut self.session,
                    &mut fates,
                    &mut self.form,
                );
                let patience = match account.route {
                    Route::Direct => ATTEMPT_TIMEOUT,
                    Route::TorIfThere(_)
                    | Route::TorRequired(_)
                    | Route::Socks5(_)
                    | Route::HttpConnect(_) => ROUTED_ATTEMPT_TIMEOUT,
                };
                let go_online = timeout(patience, go_online);
                tokio::pin!(go_online);
                loop {
                    let wish = tokio::select! {
                        outcome = &mut go_online => break Ok(outcome),
                        wish = wish(
                            &mut self.commands,
                            &mut self.life,
                            &mut self.account,
                            &mut self.late,
                            resumable,
                        ) => wish,
                    };
                    match wish {
                        Wish::Nothing | Wish::Hurry | Wish::Try => {}
                        Wish::TryAfresh | Wish::End => break Err(wish),
                    }
                }
            };
            self.life.events.acked(fates.acked);
            self.life.events.unsure(fates.unsure);
            self.life.events.unanswered(fates.unanswered);
            match outcome {
                Ok(Ok(Ok((Established { stream, resumed }, security)))) => {
                    // Whoever stands in between tomorrow gets no weaker sign-in.
                    self.account.known_strength = Some(security.strength);
                    // A renewed key takes the place of the former.
                    if let (Some(trusted), Some(key)) =
                        (&mut self.account.trusted_key, security.key)
                    {
                        trusted.key = key;
                    }
                    self.life.events.push(Event::Secured(security));
                    if let Some(session) = &mut self.session {
                        let jid = session.jid.clone();
                        self.life.events.push(Event::Online { jid, resumed });
                        if !resumed {
                            self.life.roster.grows_old();
                        }
                        session.announce(self.life.availability);
                        if !self.life.active {
                            session.show_activity(false);
                        }
                        self.late.go(session, resumed, &mut self.life);
                    }
                    return Some(Ok(stream));
                }
                Ok(Ok(Err(failure))) => return Some(Err(failure)),
                Ok(Err(_)) => {
                    let host = account.jid.domain().to_string();
                    let reason = OfflineReason::Unreachable { host };
                    return Some(Err(Failure::Passing(reason)));
                }
                Err(Wish::End) => return None,
                Err(Wish::Nothing | Wish::Hurry | Wish::Try | Wish::TryAfresh) => {}
            }
        }
    }

    /// Online until the stream is over.
    async fn stay(&mut self, stream: Stream) -> Stay {
        let since = Instant::now();
        let Self { account, commands, life, session, .. } = self;
        let Some(session) = session.as_mut() else { return Stay::Over };
        let end = drive(stream, session, commands, life, account).await;
        self.backoff.held(since.elapsed());
        match end {
            End::SignedOut if self.life.afterwards == Afterwards::NewSession => {
                let (reason, retry_in) = (OfflineReason::ConnectionLost, Duration::ZERO);
                self.life.events.push(Event::Offline { reason, retry_in });
                Stay::Renewed
            }
            End::SignedOut => Stay::Over,
            End::Broken { failure, resumable } => {
                if !(resumable && self.is_resumable()) {
                    self.forget_session();
                }
                Stay::Failed(failure)
            }
        }
    }

    /// Tells why, and waits to try again. `false` when the engine wants no more.
    async fn pause(&mut self, failure: Failure) -> bool {
        let until = match failure {
            Failure::Refused(error) => {
                self.forget_session();
                self.life.events.push(Event::Refused(error));
                None
            }
            Failure::Passing(reason) => {
                let retry_in = self.backoff.next_pause(rand::random());
                self.life.events.push(Event::Offline { reason, retry_in });
                Some(Instant::now() + retry_in)
            }
        };
        self.wait(until).await
    }

    /// Waits for the time, if there is one, or the wish to try. `false` when the engine wants no
    /// more.
    async fn wait(&mut self, until: Option<Instant>) -> bool {
        let resumable = self.is_resumable();
        loop {
            let wish = tokio::select! {
                () = sleep_until_some(until) => return true,
                wish = wish(
                    &mut self.commands,
                    &mut self.life,
                    &mut self.account,
                    &mut self.late,
                    resumable,
                ) => wish,
            };
            match wish {
                Wish::Nothing => {}
                Wish::Hurry if until.is_none() => {}
                Wish::Hurry => {
                    self.backoff = Backoff::default();
                    return true;
                }
                Wish::Try | Wish::TryAfresh => return true,
                Wish::End => return false,
            }
        }
    }

    fn is_resumable(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.management.is_resumable())
    }

    /// The session will not be resumed.
    fn forget_session(&mut self) {
        if let Some(session) = self.session.take() {
            let (unsure, unanswered) = session.into_unsure();
            self.life.events.unsure(unsure);
            self.life.events.unanswered(unanswered);
        }
        self.late.forget_messages(&mut self.life);
    }

    /// The session may be resumed by a later process.
    fn suspend_session(&mut self) {
        let Some(session) = &mut self.session else { return };
        let Some(resume) = session.resume() else { return self.forget_session() };
        self.life.events.unsure(session.management.drop_queue());
        self.life.events.push(Event::Resumable(resume));
    }
}

async fn go_online(
    account: &Account,
    isolation: &ProxyCredentials,
    instance: &Instance,
    roster_version: Option<&str>,
    session: &mut Option<Session>,
    fates: &mut Fates,
    form: &mut Form,
) -> Result<(Established, Security), Failure> {
    let Secured { opened, protection, via } =
        connect::connect(account, isolation, Some(&account.jid)).await?;
    let Protection { bindings, version: tls, key } = protection;
    let along = wishes(&opened.features, instance, session.as_ref());
    let (signed_in, strength) =
        sign_in::authenticate(opened, &bindings, account, along, form).await?;
    let established =
        establish(signed_in, &account.jid, instance, roster_version, session, fates).await?;
    Ok((established, Security { via, tls, key, strength }))
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
        for (wish, expected) in [
            (Some(Command::Reconnect), Some(Duration::ZERO)),
            (Some(Command::SignIn { password: password().into() }), Some(Duration::ZERO)),
            (Some(Command::TrustKey(key)), Some(Duration::ZERO)),
            (Some(Command::SetActive(false)), Some(PATIENCE)),
            (Some(Command::SignOut), None),
            (Some(Command::Suspend), None),
            (None, None),
        ] {
            let jid = "alice@example.onion".parse().unwrap();
            let account = Account { patience: PATIENCE, ..Account::new(jid, password()) };
            let (link, commands, mut events) = Link::new(account);
            let (what, since) = (format!("{wish:?}"), Instant::now());
            let task = tokio::spawn(link.run());
            // Without a wish the way in is dropped.
            let mut commands = Some(commands).filter(|_| wish.is_some());
            if let (Some(commands), Some(wish)) = (&mut commands, wish) {
                commands.send(wish).await.unwrap();
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
            commands.send(Command::Hurry).await.unwrap();
            assert!(link.pause(Failure::lost()).await);
            // Nor does the next pause grow.
            let Some(Event::Offline { retry_in, .. }) = events.recv().await else { panic!() };
            assert!(retry_in < Duration::from_secs(2), "{retry_in:?}");
        }
        commands.send(Command::Hurry).await.unwrap();
        commands.send(Command::SignOut).await.unwrap();
        assert!(!link.pause(Failure::Refused(crate::SignInError::WrongPassword)).await);
    }

    #[tokio::test]
    async fn a_message_that_cannot_leave_is_unsure_at_once() {
        let (_task, commands, mut events, _socket, _listener) = silence().await;
        commands.send(message()).await.unwrap();
        assert!(matches!(events.recv().await, Some(Event::Unsure { tags }) if tags == [1]));
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
