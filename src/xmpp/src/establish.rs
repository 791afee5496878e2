//! From a signed-in stream to a session: an earlier one resumed, or a new one bound.

use tokio_xmpp::jid::{BareJid, FullJid};
use tokio_xmpp::minidom::Element;

use crate::SignInError;
use crate::client_id::Instance;
use crate::failure::Failure;
use crate::session::Session;
use crate::sign_in::SignedIn;
use crate::stream::{self, Opened, Stream};
use crate::stream_features::Offers;
use crate::stream_management::{Management, Resumed};
use crate::xml::{WithAttribute, condition, iq, ns, random_id};

mod inline;

pub(crate) use self::inline::wishes;
use self::inline::{Settled, settle};

/// A stream with a session on it.
pub(crate) struct Established {
    pub(crate) stream: Stream,
    /// Whether the session is the earlier one.
    pub(crate) resumed: bool,
}

/// What became of the messages of the earlier session; by their tags.
#[derive(Debug, Default)]
pub(crate) struct Fates {
    pub(crate) acked: Vec<u64>,
    pub(crate) unsure: Vec<u64>,
    /// Asked and not answered.
    pub(crate) unanswered: Vec<u64>,
}

impl Fates {
    /// A session will not go on.
    fn end(&mut self, session: &mut Option<Session>) {
        let Some(session) = session.take() else { return };
        let (unsure, unanswered) = session.into_unsure();
        self.unsure.extend(unsure);
        self.unanswered.extend(unanswered);
    }
}

/// Resumes the session in `session`, or puts a new one there. May be dropped at any time: what is
/// known by then of earlier messages stands in `fates`.
pub(crate) async fn establish(
    signed_in: SignedIn,
    account: &BareJid,
    instance: &Instance,
    roster_version: Option<&str>,
    session: &mut Option<Session>,
    fates: &mut Fates,
) -> Result<Established, Failure> {
    let (Opened { mut stream, features }, bound) = match signed_in {
        SignedIn::Afresh(opened) => (opened, None),
        SignedIn::Along { stream, success } => {
            match settle(&success, account, roster_version, session, fates)? {
                Settled::Session { resumed } => return Ok(Established { stream, resumed }),
                Settled::Bound(jid) => (stream::with_features(stream).await?, Some(jid)),
                Settled::Nothing => (stream::with_features(stream).await?, None),
            }
        }
    };
    let offers = Offers::read(&features);
    let manages = features.has_child("sm", ns::SM);
    if bound.is_none() && manages && resume(&mut stream, session, fates).await? {
        if let Some(session) = session {
            session.runs_on(offers);
        }
        return Ok(Established { stream, resumed: true });
    }
    fates.end(session);
    let jid = match bound {
        Some(jid) => jid,
        None => {
            let jid = bind(&mut stream, account, &instance.resource).await?;
            begin_session(&mut stream, &features).await?;
            jid
        }
    };
    let management = if manages { enable(&mut stream).await? } else { Management::pinged() };
    *session = Some(Session::begin(jid, management, offers, roster_version));
    Ok(Established { stream, resumed: false })
}

/// Whether the earlier session goes on.
async fn resume(
    stream: &mut Stream,
    session: &mut Option<Session>,
    fates: &mut Fates,
) -> Result<bool, Failure> {
    let Some(old) = session else { return Ok(false) };
    let Some(request) = old.management.resume_request() else { return Ok(false) };
    stream::send(stream, &request).await?;
    let answer = stream::next_element(stream).await?;
    if answer.is("resumed", ns::SM) {
        resumed(&answer, session, fates)?;
        return Ok(true);
    }
    if !answer.is("failed", ns::SM) {
        return Err(Failure::protocol("something else than an answer to resuming"));
    }
    not_resumed(&answer, session, fates);
    Ok(false)
}

/// Takes `<resumed/>`: the earlier session goes on.
fn resumed(
    answer: &Element,
    session: &mut Option<Session>,
    fates: &mut Fates,
) -> Result<(), Failure> {
    let h = count(answer).ok_or_else(|| Failure::protocol("resumed without a count"))?;
    let Some(old) = session else { return Err(Failure::protocol("resumed what never was")) };
    match old.management.resumed(h) {
        Ok(Resumed { acked, unsure }) => {
            fates.acked.extend(acked);
            fates.unsure.extend(unsure);
            Ok(())
        }
        Err(error) => {
            fates.end(session);
            Err(error.into())
        }
    }
}

/// Takes `<failed/>`. The server may still know what it had, and may not (`h` is optional).
fn not_resumed(answer: &Element, session: &mut Option<Session>, fates: &mut Fates) {
    if let (Some(h), Some(old)) = (count(answer), session)
        && let Ok(acked) = old.management.acknowledge(h)
    {
        fates.acked.extend(acked);
    }
    tracing::debug!("the session cannot be resumed");
}

/// How many stanzas the server says that it has.
fn count(answer: &Element) -> Option<u32> {
    answer.attr("h").and_then(|h| h.parse().ok())
}

/// Asks for our resource (RFC 6120 §7); the server has the last word.
async fn bind(stream: &mut Stream, account: &BareJid, resource: &str) -> Result<FullJid, Failure> {
    let resource = Element::builder("resource", ns::BIND).append(resource);
    let bind = Element::builder("bind", ns::BIND).append(resource.build()).build();
    let answer = ask(stream, bind).await?;
    if answer.attr("type") == Some("error") {
        let error = answer.get_child("error", ns::CLIENT);
        let condition = error.and_then(|error| condition(error, ns::STANZAS));
        return Err(match condition.as_deref() {
            Some("conflict") => Failure::Refused(SignInError::Conflict),
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

/// Older servers want a session after binding (RFC 3921 §3).
async fn begin_session(stream: &mut Stream, features: &Element) -> Result<(), Failure> {
    let needed = features
        .get_child("session", ns::SESSION)
        .is_some_and(|session| !session.has_child("optional", ns::SESSION));
    if needed {
        ask(stream, Element::bare("session", ns::SESSION)).await?;
    }
    Ok(())
}

/// Turns stream management on (XEP-0198 §3).
async fn enable(stream: &mut Stream) -> Result<Management, Failure> {
    stream::send(stream, &enabling()).await?;
    loop {
        let answer = stream::next_element(stream).await?;
        if answer.is("enabled", ns::SM) {
            return Ok(enabled(&answer));
        }
        if answer.is("failed", ns::SM) {
            return Ok(Management::pinged());
        }
        // Nobody knows yet that we are here, so nothing else of weight can come.
    }
}

fn enabling() -> Element {
    Element::builder("enable", ns::SM).with("resume", "true").build()
}

fn enabled(answer: &Element) -> Management {
    let resumable = matches!(answer.attr("resume"), Some("true" | "1"));
    let id = answer.attr("id").filter(|_| resumable);
    Management::managed(id.map(str::to_owned))
}

/// Sends an iq and waits for its answer.
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
    use crate::scripted_server::Fake;
    use crate::stream_management::Outgoing;

    const SM: &str = "<sm xmlns='urn:xmpp:sm:3'/>";

    /// A session that sent messages 0, 1 and 2.
    fn earlier() -> Option<Session> {
        let jid = "alice@example.org/sotto".parse().unwrap();
        let management = Management::managed(Some("previous".into()));
        let mut session = Session::begin(jid, management, Offers::default(), None);
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
        server: impl AsyncFnOnce(&mut Fake),
    ) -> (Result<bool, Failure>, Fates) {
        let (opened, mut fake) = Fake::opened(features).await;
        let (mut fates, account) = (Fates::default(), "alice@example.org".parse().unwrap());
        let instance = Instance::random();
        let client =
            establish(SignedIn::Afresh(opened), &account, &instance, None, session, &mut fates);
        let (result, ()) = tokio::join!(client, server(&mut fake));
        (result.map(|established| established.resumed), fates)
    }

    async fn binds(server: &mut Fake, jid: &str) {
        let id = server.hears_iq().await;
        server
            .says(&format!(
                "<iq type='result' id='{id}'><bind xmlns='{}'><jid>{jid}</jid></bind></iq>",
                ns::BIND
            ))
            .await;
    }

    async fn enables(server: &mut Fake) {
        server.hears("<enable").await;
        server.says("<enabled xmlns='urn:xmpp:sm:3' id='new' resume='true'/>").await;
    }

    #[tokio::test]
    async fn a_fresh_session_is_bound_and_managed() {
        let mut session = None;
        let (result, fates) = outcome(SM, &mut session, async |server| {
            binds(server, "alice@example.org/given").await;
            enables(server).await;
        })
        .await;
        assert_eq!((result, fates.unsure.len()), (Ok(false), 0));
        let session = session.unwrap();
        assert_eq!(session.jid.resource().as_str(), "given");
        assert_eq!(session.management.resume_request().unwrap().attr("previd"), Some("new"));
    }

    #[tokio::test]
    async fn an_earlier_session_goes_on() {
        let mut session = earlier();
        let (result, fates) = outcome(SM, &mut session, async |server| {
            assert!(server.hears("</resume>").await.contains("previous"));
            // The three first questions and one message had arrived.
            server.says("<resumed xmlns='urn:xmpp:sm:3' previd='previous' h='4'/>").await;
        })
        .await;
        assert_eq!((result, fates.acked, fates.unsure), (Ok(true), vec![0], vec![]));
        assert_eq!(session.unwrap().management.into_unsure(), [1, 2]);
    }

    #[tokio::test]
    async fn a_refused_resumption_tells_what_is_unsure_and_binds_anew() {
        for (h, acked, unsure) in [
            ("", vec![], vec![0, 1, 2]),
            ("h='4'", vec![0], vec![1, 2]),
            ("h='9'", vec![], vec![0, 1, 2]),
        ] {
            let mut session = earlier();
            let (result, fates) = outcome(SM, &mut session, async |server| {
                server.hears("<resume").await;
                let failed = format!(
                    "<failed xmlns='urn:xmpp:sm:3' {h}><item-not-found xmlns='{}'/></failed>",
                    ns::STANZAS
                );
                server.says(&failed).await;
                binds(server, "alice@example.org/sotto").await;
                enables(server).await;
            })
            .await;
            assert_eq!((result, fates.acked, fates.unsure), (Ok(false), acked, unsure), "{h}");
        }
    }

    #[tokio::test]
    async fn an_impossible_resumption_ends_the_session() {
        let mut session = earlier();
        let (result, fates) = outcome(SM, &mut session, async |server| {
            server.hears("<resume").await;
            server.says("<resumed xmlns='urn:xmpp:sm:3' previd='previous' h='99'/>").await;
        })
        .await;
        assert!(matches!(result, Err(Failure::Passing(_))));
        assert_eq!((fates.unsure, session.is_none()), (vec![0, 1, 2], true));
    }

    #[tokio::test]
    async fn a_session_survives_an_attempt_that_was_cut() {
        let mut session = earlier();
        let (opened, mut fake) = Fake::opened(SM).await;
        let (mut fates, account) = (Fates::default(), "alice@example.org".parse().unwrap());
        let instance = Instance::random();
        let client = establish(
            SignedIn::Afresh(opened),
            &account,
            &instance,
            None,
            &mut session,
            &mut fates,
        );
        let server = async move {
            fake.hears("<resume").await;
        };
        let (result, ()) = tokio::join!(client, server);
        assert_eq!(result.map(|_| ()), Err(Failure::lost()));
        assert!(fates.unsure.is_empty() && session.unwrap().management.is_resumable());
    }

    #[tokio::test]
    async fn without_management_pings_take_its_place_and_old_servers_get_their_session() {
        let mut session = None;
        let features = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>";
        let (result, _) = outcome(features, &mut session, async |server| {
            binds(server, "alice@example.org/sotto").await;
            let id = server.hears_iq().await;
            server.says(&format!("<iq type='result' id='{id}'/>")).await;
        })
        .await;
        assert_eq!(result, Ok(false));
        assert!(!session.unwrap().management.is_resumable());
    }

    #[tokio::test]
    async fn a_taken_resource_is_a_conflict_and_another_account_is_refused() {
        let mut session = None;
        let (result, _) = outcome(SM, &mut session, async |server| {
            let id = server.hears_iq().await;
            let error = format!("<error type='cancel'><conflict xmlns='{}'/></error>", ns::STANZAS);
            server.says(&format!("<iq type='error' id='{id}'>{error}</iq>")).await;
        })
        .await;
        assert_eq!(result, Err(Failure::Refused(SignInError::Conflict)));
        let (result, _) = outcome(SM, &mut session, async |server| {
            binds(server, "mallory@example.org/sotto").await;
        })
        .await;
        assert!(matches!(result, Err(Failure::Passing(_))) && session.is_none());
    }
}
