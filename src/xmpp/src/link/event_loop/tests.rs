use super::*;
use crate::scripted_server::ScriptedServer;
use crate::stream_features::StreamFeatures;
use crate::{Event, SignInError};

/// A driven session, whose engine and server are ours.
struct Stage {
    commands: mpsc::Sender<Command>,
    events: mpsc::Receiver<Event>,
    server: ScriptedServer,
    driver: tokio::task::JoinHandle<(StreamEnd, Session)>,
}

fn alice() -> Account {
    Account::new("alice@example.org".parse().unwrap(), String::new().into())
}

const FEATURES: StreamFeatures =
    StreamFeatures { body_bytes_max: 1_000, csi: false, roster_versions: false };

/// The next event that is not about resuming.
async fn next(events: &mut mpsc::Receiver<Event>) -> Option<Event> {
    loop {
        match events.recv().await {
            Some(Event::ResumeTokenChanged(_)) => {}
            other => return other,
        }
    }
}

/// Capacity of the events' channel.
const CAPACITY: usize = 4;

async fn stage() -> Stage {
    let (opened, server) = ScriptedServer::opened("").await;
    let (commands, mut receiver) = mpsc::channel(8);
    let (sender, events) = mpsc::channel(CAPACITY);
    let driver = tokio::spawn(async move {
        let jid = "alice@example.org/sotto".parse().unwrap();
        let management = StreamManagement::managed(Some("id".into()));
        let mut session = Session::begin(jid, management, FEATURES, None);
        let (mut state, mut account) = (LinkState::new(sender), alice());
        let stream = opened.stream;
        let end = run(stream, &mut session, &mut receiver, &mut state, &mut account).await;
        (end, session)
    });
    Stage { commands, events, server, driver }
}

fn stream_error(condition: &str) -> String {
    format!(
        "<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
    )
}

fn message(number: usize) -> String {
    format!(
        "<message from='bob@example.org/x' type='chat' id='{number}'><body>{number}</body></message>"
    )
}

#[tokio::test]
async fn stream_errors_end_the_stream_and_only_a_shutdown_keeps_the_session() {
    let lost = OfflineReason::ServerShutdown;
    for (condition, expected, keeps) in [
        ("conflict", Failure::Permanent(SignInError::Conflict), false),
        ("system-shutdown", Failure::Transient(lost), true),
        ("policy-violation", Failure::protocol("stream error policy-violation"), false),
    ] {
        let mut stage = stage().await;
        stage.server.send(&stream_error(condition)).await;
        let (StreamEnd::Broken { failure, resumable }, _) = stage.driver.await.unwrap() else {
            panic!("{condition}");
        };
        assert_eq!((failure, resumable), (expected, keeps), "{condition}");
    }
}

#[tokio::test]
async fn a_cut_wire_keeps_the_session_and_a_closed_stream_does_not() {
    for (closing, keeps) in [("", true), ("</stream:stream>", false)] {
        let mut stage = stage().await;
        stage.server.expect("<r ").await;
        stage.server.send(closing).await;
        drop(stage.server);
        let (StreamEnd::Broken { failure, resumable }, _) = stage.driver.await.unwrap() else {
            panic!("signed out");
        };
        assert_eq!((failure, resumable), (Failure::lost(), keeps), "{closing}");
    }
}

#[tokio::test]
async fn the_reason_is_heard_even_when_nothing_can_be_written_any_more() {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let (read, write) = tokio::io::split(near);
    let socket = Box::new(tokio::io::join(read, Deaf { inner: write, deaf: false }));
    let mut server = ScriptedServer::on(far);
    let jid = "alice@example.org".parse().unwrap();
    let client = crate::stream::open(crate::stream::transport(socket), "example.org", Some(&jid));
    let (opened, ()) = tokio::join!(client, server.open(""));
    let (_commands, mut receiver) = mpsc::channel(8);
    let (sender, _events) = mpsc::channel(CAPACITY);
    let jid = "alice@example.org/sotto".parse().unwrap();
    let mut session = Session::begin(jid, StreamManagement::managed(None), FEATURES, None);
    let (mut state, mut account) = (LinkState::new(sender), alice());
    let Ok(opened) = opened else { panic!("not opened") };
    let driver = run(opened.stream, &mut session, &mut receiver, &mut state, &mut account);
    let conflict = stream_error("conflict");
    let (end, ()) = tokio::join!(driver, server.send(&conflict));
    let expected = Failure::Permanent(SignInError::Conflict);
    assert!(matches!(end, StreamEnd::Broken { failure, .. } if failure == expected));
}

/// Refuses to be written to after the stream was opened.
struct Deaf<Io> {
    inner: Io,
    deaf: bool,
}

impl<Io: tokio::io::AsyncWrite + Unpin> tokio::io::AsyncWrite for Deaf<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        if self.deaf {
            return Poll::Ready(Err(std::io::ErrorKind::BrokenPipe.into()));
        }
        self.deaf = true;
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[tokio::test]
async fn a_stanza_nested_thousands_deep_is_survived() {
    let mut stage = stage().await;
    let depth = 5_000;
    let bomb = format!(
        "<iq type='get' id='q' from='mallory@example.org/x'>{}{}</iq>",
        "<a>".repeat(depth),
        "</a>".repeat(depth)
    );
    stage.server.expect("<r ").await;
    stage.server.send(&bomb).await;
    assert!(stage.server.expect("</iq>").await.contains("service-unavailable"));
    stage.server.send(&message(1)).await;
    assert!(matches!(next(&mut stage.events).await, Some(Event::MessageReceived { .. })));
}

#[tokio::test]
async fn a_slow_engine_misses_nothing_and_slows_the_server() {
    const COUNT: usize = 2_000;
    let Stage { mut events, mut server, driver, commands } = stage().await;
    let talker = tokio::spawn(async move {
        for number in 0..COUNT {
            server.send(&message(number)).await;
        }
        server.send("<r xmlns='urn:xmpp:sm:3'/>").await;
        server.expect(&format!("{COUNT}")).await;
    });
    for number in 0..COUNT {
        let Some(Event::MessageReceived { body, .. }) = next(&mut events).await else {
            panic!("message {number} is missing");
        };
        assert_eq!(*body, number.to_string());
        assert!(events.len() <= CAPACITY);
    }
    // It is confirmed as soon as all is in safety here.
    while !talker.is_finished() {
        tokio::select! {
            Some(Event::ResumeTokenChanged(resume)) = events.recv() => {
                commands.send(resume.confirm()).await.unwrap();
            }
            () = tokio::task::yield_now() => {}
        }
    }
    talker.await.unwrap();
    drop(driver);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_asks_and_does_not_listen_is_made_to_wait() {
    let Stage { commands, mut events, server, driver } = stage().await;
    let unsendable = |tag| Command::SendMessage {
        tag,
        to: tokio_xmpp::jid::Jid::new("bob@example.org/x").unwrap(),
        id: "id".into(),
        body: "\0".into(),
        kind: crate::MessageKind::Plain,
        request_receipt: false,
        replaces: None,
    };
    let mut taken = 0;
    // Everybody is idle before time goes on.
    while timeout(Duration::from_millis(1), commands.send(unsendable(taken))).await.is_ok() {
        taken += 1;
    }
    let waiting = crate::link::state::WAITING_MAX + CAPACITY + commands.max_capacity();
    assert!((1_000..=waiting as u64).contains(&taken), "{taken} of {waiting}");
    for expected in 0..taken {
        let event = next(&mut events).await;
        assert!(matches!(event, Some(Event::Unencodable { tag }) if tag == expected));
    }
    drop((server, driver));
}

#[tokio::test]
async fn signing_out_says_all_that_waits_and_closes_the_stream() {
    let mut stage = stage().await;
    let goodbye = Command::SendMessage {
        tag: 1,
        to: tokio_xmpp::jid::Jid::new("bob@example.org/x").unwrap(),
        id: "bye".into(),
        body: "?OTR:bye".into(),
        kind: crate::MessageKind::Otr,
        request_receipt: false,
        replaces: None,
    };
    stage.commands.send(goodbye).await.unwrap();
    stage.commands.send(Command::SignOut).await.unwrap();
    stage.server.expect("?OTR:bye").await;
    // The three first questions and the goodbye.
    stage.server.send("<a xmlns='urn:xmpp:sm:3' h='4'/>").await;
    stage.server.expect("</stream:stream>").await;
    stage.server.send("</stream:stream>").await;
    let (end, session) = stage.driver.await.unwrap();
    assert!(matches!(end, StreamEnd::SignedOut) && session.management.is_idle());
    assert!(matches!(next(&mut stage.events).await, Some(Event::Acked { tag: 1 })));
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_request_gives_the_connection_up() {
    let mut stage = stage().await;
    let begin = Instant::now();
    stage.server.expect("<r ").await;
    let (StreamEnd::Broken { failure, resumable }, _) = stage.driver.await.unwrap() else {
        panic!("signed out");
    };
    assert_eq!((failure, resumable), (Failure::lost(), true));
    assert_eq!(begin.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_stays_silent_after_resumption_is_given_up() {
    let (opened, server) = ScriptedServer::opened("").await;
    let (_commands, mut receiver) = mpsc::channel(8);
    let (sender, _events) = mpsc::channel(CAPACITY);
    let jid = "alice@example.org/sotto".parse().unwrap();
    let mut session =
        Session::begin(jid, StreamManagement::managed(Some("id".into())), FEATURES, None);
    session.management.resumed(0).unwrap();
    let (mut state, mut account) = (LinkState::new(sender), alice());
    let end = run(opened.stream, &mut session, &mut receiver, &mut state, &mut account);
    assert!(matches!(end.await, StreamEnd::Broken { resumable: false, .. }));
    drop(server);
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_asked_and_then_given_up() {
    let mut stage = stage().await;
    stage.server.expect("<r ").await;
    stage.server.send("<a xmlns='urn:xmpp:sm:3' h='3'/>").await;
    let begin = Instant::now();
    stage.server.expect("<r ").await;
    assert_eq!(begin.elapsed().as_secs(), 60);
    let (StreamEnd::Broken { failure, resumable }, _) = stage.driver.await.unwrap() else {
        panic!("signed out");
    };
    assert_eq!((failure, resumable), (Failure::lost(), true));
    assert!(begin.elapsed().as_secs() <= 90);
}

#[tokio::test(start_paused = true)]
async fn a_suspicion_is_settled_within_seconds() {
    let mut stage = stage().await;
    stage.server.expect("<r ").await;
    let begin = Instant::now();
    stage.commands.send(Command::Reconnect).await.unwrap();
    assert!(matches!(stage.driver.await.unwrap().0, StreamEnd::Broken { resumable: true, .. }));
    assert_eq!(begin.elapsed().as_secs(), 5);
}
