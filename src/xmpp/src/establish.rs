//! From an authenticated stream to a session: resumes the earlier one (XEP-0198 §5) or binds a new
//! one (RFC 6120 §7).

use tokio_xmpp::jid::{BareJid, FullJid};
use tokio_xmpp::minidom::Element;

use crate::SignInError;
use crate::client_id::ClientId;
use crate::failure::Failure;
use crate::session::Session;
use crate::sign_in::SignedIn;
use crate::stream::{self, Opened, Stream};
use crate::stream_features::StreamFeatures;
use crate::stream_management::{Resumed, StreamManagement};
use crate::xml::{WithAttribute, error_condition, iq, ns, random_id};

mod inline;

pub(crate) use self::inline::inline_requests;
use self::inline::{InlineOutcome, apply_inline_results};

/// A stream on which a session runs.
pub(crate) struct Established {
    pub(crate) stream: Stream,
    /// Whether the earlier session was resumed.
    pub(crate) resumed: bool,
}

/// What became of the messages and requests of the earlier session, by their tags.
#[derive(Debug, Default)]
pub(crate) struct DeliveryOutcome {
    pub(crate) acked: Vec<u64>,
    pub(crate) unknown: Vec<u64>,
    /// Requests that will get no response.
    pub(crate) unanswered: Vec<u64>,
}

impl DeliveryOutcome {
    /// Ends a session that is not resumed.
    fn end(&mut self, session: &mut Option<Session>) {
        let Some(session) = session.take() else { return };
        let (unknown, unanswered) = session.into_unfinished();
        self.unknown.extend(unknown);
        self.unanswered.extend(unanswered);
    }
}

/// Resumes the session in `session`, or replaces it by a new one. May be dropped at any time:
/// `outcome` holds what is known of earlier messages by then.
pub(crate) async fn establish(
    signed_in: SignedIn,
    account: &BareJid,
    client_id: &ClientId,
    roster_version: Option<&str>,
    session: &mut Option<Session>,
    outcome: &mut DeliveryOutcome,
) -> Result<Established, Failure> {
    let (Opened { mut stream, features }, bound) = match signed_in {
        SignedIn::Sasl1(opened) => (opened, None),
        SignedIn::Sasl2 { stream, success } => {
            match apply_inline_results(&success, account, roster_version, session, outcome)? {
                InlineOutcome::Session { resumed } => return Ok(Established { stream, resumed }),
                InlineOutcome::Bound(jid) => (stream::with_features(stream).await?, Some(jid)),
                InlineOutcome::Nothing => (stream::with_features(stream).await?, None),
            }
        }
    };
    let offers = StreamFeatures::read(&features);
    let manages = features.has_child("sm", ns::SM);
    if bound.is_none() && manages && resume(&mut stream, session, outcome).await? {
        if let Some(session) = session {
            session.runs_on(offers);
        }
        return Ok(Established { stream, resumed: true });
    }
    outcome.end(session);
    let jid = match bound {
        Some(jid) => jid,
        None => {
            let jid = bind(&mut stream, account, &client_id.resource).await?;
            begin_session(&mut stream, &features).await?;
            jid
        }
    };
    let management =
        if manages { enable(&mut stream).await? } else { StreamManagement::ping_fallback() };
    *session = Some(Session::begin(jid, management, offers, roster_version));
    Ok(Established { stream, resumed: false })
}

/// Tries to resume the earlier session. `false` if there is none or the server refuses.
async fn resume(
    stream: &mut Stream,
    session: &mut Option<Session>,
    outcome: &mut DeliveryOutcome,
) -> Result<bool, Failure> {
    let Some(old) = session else { return Ok(false) };
    let Some(request) = old.management.resume_request() else { return Ok(false) };
    stream::send(stream, &request).await?;
    let answer = stream::next_element(stream).await?;
    if answer.is("resumed", ns::SM) {
        resumed(&answer, session, outcome)?;
        return Ok(true);
    }
    if !answer.is("failed", ns::SM) {
        return Err(Failure::protocol("something else than an answer to resuming"));
    }
    not_resumed(&answer, session, outcome);
    Ok(false)
}

/// Handles `<resumed/>`.
fn resumed(
    answer: &Element,
    session: &mut Option<Session>,
    outcome: &mut DeliveryOutcome,
) -> Result<(), Failure> {
    let h = count(answer).ok_or_else(|| Failure::protocol("resumed without a count"))?;
    let Some(old) = session else { return Err(Failure::protocol("resumed what never was")) };
    match old.management.resumed(h) {
        Ok(Resumed { acked, unknown }) => {
            outcome.acked.extend(acked);
            outcome.unknown.extend(unknown);
            Ok(())
        }
        Err(error) => {
            outcome.end(session);
            Err(error.into())
        }
    }
}

/// Handles `<failed/>`. Its `h` is optional: the server may still know how many stanzas it handled.
fn not_resumed(answer: &Element, session: &mut Option<Session>, outcome: &mut DeliveryOutcome) {
    if let (Some(h), Some(old)) = (count(answer), session)
        && let Ok(acked) = old.management.acknowledge(h)
    {
        outcome.acked.extend(acked);
    }
    tracing::debug!("the session cannot be resumed");
}

/// Reads `h`, the number of stanzas that the server has handled.
fn count(answer: &Element) -> Option<u32> {
    answer.attr("h").and_then(|h| h.parse().ok())
}

/// Binds a resource (RFC 6120 §7). The server may choose another one than we ask for.
async fn bind(stream: &mut Stream, account: &BareJid, resource: &str) -> Result<FullJid, Failure> {
    let resource = Element::builder("resource", ns::BIND).append(resource);
    let bind = Element::builder("bind", ns::BIND).append(resource.build()).build();
    let answer = ask(stream, bind).await?;
    if answer.attr("type") == Some("error") {
        let error = answer.get_child("error", ns::CLIENT);
        let condition = error.and_then(|error| error_condition(error, ns::STANZAS));
        return Err(match condition.as_deref() {
            Some("conflict") => Failure::Permanent(SignInError::Conflict),
            other => Failure::protocol(format!("binding refused: {}", other.unwrap_or_default())),
        });
    }
    let jid = answer
        .get_child("bind", ns::BIND)
        .and_then(|bind| bind.get_child("jid", ns::BIND))
        .and_then(|jid| FullJid::new(&jid.text()).ok())
        .ok_or_else(|| Failure::protocol("bound without a JID"))?;
    if jid.to_bare() == *account {
        Ok(jid)
    } else {
        Err(Failure::protocol("bound to another account"))
    }
}

/// Establishes a session for servers that still require it (RFC 3921 §3).
async fn begin_session(stream: &mut Stream, features: &Element) -> Result<(), Failure> {
    let needed = features
        .get_child("session", ns::SESSION)
        .is_some_and(|session| !session.has_child("optional", ns::SESSION));
    if needed {
        ask(stream, Element::bare("session", ns::SESSION)).await?;
    }
    Ok(())
}

/// Enables stream management (XEP-0198 §3).
async fn enable(stream: &mut Stream) -> Result<StreamManagement, Failure> {
    stream::send(stream, &enabling()).await?;
    loop {
        let answer = stream::next_element(stream).await?;
        if answer.is("enabled", ns::SM) {
            return Ok(enabled(&answer));
        }
        if answer.is("failed", ns::SM) {
            return Ok(StreamManagement::ping_fallback());
        }
        // Nobody has seen our presence yet, so nothing else that matters can come.
    }
}

fn enabling() -> Element {
    Element::builder("enable", ns::SM).with("resume", "true").build()
}

fn enabled(answer: &Element) -> StreamManagement {
    let resumable = matches!(answer.attr("resume"), Some("true" | "1"));
    let id = answer.attr("id").filter(|_| resumable);
    StreamManagement::managed(id.map(str::to_owned))
}

/// Sends an IQ request and waits for its result.
async fn ask(stream: &mut Stream, payload: Element) -> Result<Element, Failure> {
    let id = random_id();
    stream::send(stream, &iq("set", &id, payload)).await?;
    loop {
        let answer = stream::next_element(stream).await?;
        if answer.is("iq", ns::CLIENT) && answer.attr("id") == Some(&id) {
            return Ok(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::scripted_server::ScriptedServer;
    use crate::stream_management::Outgoing;

    const SM: &str = "<sm xmlns='urn:xmpp:sm:3'/>";

    /// A session that sent messages 0, 1 and 2.
    fn earlier() -> Option<Session> {
        let jid = "alice@example.org/sotto".parse().unwrap();
        let management = StreamManagement::managed(Some("previous".into()));
        let mut session = Session::begin(jid, management, StreamFeatures::default(), None);
        let element = Element::bare("message", ns::CLIENT);
        for tag in 0..3 {
            session.management.push(Outgoing { element: element.clone(), tag: Some(tag) });
        }
        while session.management.next(Instant::now()).is_some() {}
        Some(session)
    }

    /// What comes of this server's script.
    async fn outcome(
        features: &str,
        session: &mut Option<Session>,
        server: impl AsyncFnOnce(&mut ScriptedServer),
    ) -> (Result<bool, Failure>, DeliveryOutcome) {
        let (opened, mut fake) = ScriptedServer::opened(features).await;
        let (mut outcome, account) =
            (DeliveryOutcome::default(), "alice@example.org".parse().unwrap());
        let client_id = ClientId::random();
        let client =
            establish(SignedIn::Sasl1(opened), &account, &client_id, None, session, &mut outcome);
        let (result, ()) = tokio::join!(client, server(&mut fake));
        (result.map(|established| established.resumed), outcome)
    }

    async fn binds(server: &mut ScriptedServer, jid: &str) {
        let id = server.expect_iq().await;
        server
            .send(&format!(
                "<iq type='result' id='{id}'><bind xmlns='{}'><jid>{jid}</jid></bind></iq>",
                ns::BIND
            ))
            .await;
    }

    async fn enables(server: &mut ScriptedServer) {
        server.expect("<enable").await;
        server.send("<enabled xmlns='urn:xmpp:sm:3' id='new' resume='true'/>").await;
    }

    #[tokio::test]
    async fn a_fresh_session_is_bound_and_managed() {
        let mut session = None;
        let (result, outcome) = outcome(SM, &mut session, async |server| {
            binds(server, "alice@example.org/given").await;
            enables(server).await;
        })
        .await;
        assert_eq!((result, outcome.unknown.len()), (Ok(false), 0));
        let session = session.unwrap();
        assert_eq!(session.jid.resource().as_str(), "given");
        assert_eq!(session.management.resume_request().unwrap().attr("previd"), Some("new"));
    }

    #[tokio::test]
    async fn an_earlier_session_goes_on() {
        let mut session = earlier();
        let (result, outcome) = outcome(SM, &mut session, async |server| {
            assert!(server.expect("</resume>").await.contains("previous"));
            // The three first questions and one message had arrived.
            server.send("<resumed xmlns='urn:xmpp:sm:3' previd='previous' h='4'/>").await;
        })
        .await;
        assert_eq!((result, outcome.acked, outcome.unknown), (Ok(true), vec![0], vec![]));
        assert_eq!(session.unwrap().management.into_unacked(), [1, 2]);
    }

    #[tokio::test]
    async fn a_refused_resumption_tells_what_is_unsure_and_binds_anew() {
        for (h, acked, unknown) in [
            ("", vec![], vec![0, 1, 2]),
            ("h='4'", vec![0], vec![1, 2]),
            ("h='9'", vec![], vec![0, 1, 2]),
        ] {
            let mut session = earlier();
            let (result, outcome) = outcome(SM, &mut session, async |server| {
                server.expect("<resume").await;
                let failed = format!(
                    "<failed xmlns='urn:xmpp:sm:3' {h}><item-not-found xmlns='{}'/></failed>",
                    ns::STANZAS
                );
                server.send(&failed).await;
                binds(server, "alice@example.org/sotto").await;
                enables(server).await;
            })
            .await;
            assert_eq!(
                (result, outcome.acked, outcome.unknown),
                (Ok(false), acked, unknown),
                "{h}"
            );
        }
    }

    #[tokio::test]
    async fn an_impossible_resumption_ends_the_session() {
        let mut session = earlier();
        let (result, outcome) = outcome(SM, &mut session, async |server| {
            server.expect("<resume").await;
            server.send("<resumed xmlns='urn:xmpp:sm:3' previd='previous' h='99'/>").await;
        })
        .await;
        assert!(matches!(result, Err(Failure::Transient(_))));
        assert_eq!((outcome.unknown, session.is_none()), (vec![0, 1, 2], true));
    }

    #[tokio::test]
    async fn a_session_survives_an_attempt_that_was_cut() {
        let mut session = earlier();
        let (opened, mut fake) = ScriptedServer::opened(SM).await;
        let (mut outcome, account) =
            (DeliveryOutcome::default(), "alice@example.org".parse().unwrap());
        let client_id = ClientId::random();
        let client = establish(
            SignedIn::Sasl1(opened),
            &account,
            &client_id,
            None,
            &mut session,
            &mut outcome,
        );
        let server = async move {
            fake.expect("<resume").await;
        };
        let (result, ()) = tokio::join!(client, server);
        assert_eq!(result.map(|_| ()), Err(Failure::lost()));
        assert!(outcome.unknown.is_empty() && session.unwrap().management.is_resumable());
    }

    #[tokio::test]
    async fn without_management_pings_take_its_place_and_old_servers_get_their_session() {
        let mut session = None;
        let features = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>";
        let (result, _) = outcome(features, &mut session, async |server| {
            binds(server, "alice@example.org/sotto").await;
            let id = server.expect_iq().await;
            server.send(&format!("<iq type='result' id='{id}'/>")).await;
        })
        .await;
        assert_eq!(result, Ok(false));
        assert!(!session.unwrap().management.is_resumable());
    }

    #[tokio::test]
    async fn a_taken_resource_is_a_conflict_and_another_account_is_refused() {
        let mut session = None;
        let (result, _) = outcome(SM, &mut session, async |server| {
            let id = server.expect_iq().await;
            let error = format!("<error type='cancel'><conflict xmlns='{}'/></error>", ns::STANZAS);
            server.send(&format!("<iq type='error' id='{id}'>{error}</iq>")).await;
        })
        .await;
        assert_eq!(result, Err(Failure::Permanent(SignInError::Conflict)));
        let (result, _) = outcome(SM, &mut session, async |server| {
            binds(server, "mallory@example.org/sotto").await;
        })
        .await;
        assert!(matches!(result, Err(Failure::Transient(_))) && session.is_none());
    }
}
