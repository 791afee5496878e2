//! Inline features of SASL2 (XEP-0388): resumes the earlier session (XEP-0198) or binds a new
//! one (XEP-0386) in the same round trip as the sign-in.

use tokio_xmpp::jid::{BareJid, FullJid, Jid};
use tokio_xmpp::minidom::Element;

use super::{DeliveryOutcome, enabled, enabling, not_resumed, resumed};
use crate::client_id::ClientId;
use crate::failure::Failure;
use crate::session::Session;
use crate::stream_features::StreamFeatures;
use crate::xml::{WithAttribute, ns};

/// The tag from which servers build our resource (XEP-0386).
const TAG: &str = "sotto";

/// Elements for `<authenticate/>`: our user agent, and the inline features that the server offers.
pub(crate) fn inline_requests(
    features: &Element,
    client_id: &ClientId,
    session: Option<&Session>,
) -> Vec<Element> {
    let agent = Element::builder("user-agent", ns::SASL2).with("id", client_id.agent.as_str());
    let mut inline_requests = vec![agent.build()];
    let inline = features
        .get_child("authentication", ns::SASL2)
        .and_then(|authentication| authentication.get_child("inline", ns::SASL2));
    let Some(inline) = inline else { return inline_requests };
    let resume = session.and_then(|session| session.management.resume_request());
    // A bound stream cannot resume any more. Where resumption is not offered inline, both come
    // later.
    if let Some(bind) = inline.get_child("bind", ns::BIND2)
        && (resume.is_none() || inline.has_child("sm", ns::SM))
    {
        inline_requests.push(binding(bind));
    }
    inline_requests.extend(resume.filter(|_| inline.has_child("sm", ns::SM)));
    inline_requests
}

/// `<bind/>` with the inline features that the server offers in it.
fn binding(bind: &Element) -> Element {
    let offered = bind.get_child("inline", ns::BIND2);
    let features = |feature: &str| {
        offered.is_some_and(|offered| {
            offered
                .children()
                .any(|child| child.is("feature", ns::BIND2) && child.attr("var") == Some(feature))
        })
    };
    let tag = Element::builder("tag", ns::BIND2).append(TAG);
    Element::builder("bind", ns::BIND2)
        .append(tag.build())
        .append_all(features(ns::SM).then(enabling))
        .append_all(features(ns::CARBONS).then(|| Element::bare("enable", ns::CARBONS)))
        .build()
}

/// What the server did inline.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum InlineOutcome {
    /// It resumed the session or bound a new one with stream management. The stream features come
    /// later, possibly after stanzas.
    Session { resumed: bool },
    /// It bound a resource, but enabled no stream management.
    Bound(FullJid),
    /// Neither.
    Nothing,
}

/// Handles `<success/>`, whose server signature must have been verified.
pub(super) fn apply_inline_results(
    success: &Element,
    account: &BareJid,
    roster_version: Option<&str>,
    session: &mut Option<Session>,
    outcome: &mut DeliveryOutcome,
) -> Result<InlineOutcome, Failure> {
    let who = success
        .get_child("authorization-identifier", ns::SASL2)
        .and_then(|who| Jid::new(who.text().trim()).ok())
        .filter(|who| who.to_bare() == *account)
        .ok_or_else(|| Failure::protocol("signed in as somebody else"))?;
    if let Some(answer) = success.get_child("resumed", ns::SM) {
        if !session.as_ref().is_some_and(|session| session.management.is_resumable()) {
            return Err(Failure::protocol("resumed what never was"));
        }
        resumed(answer, session, outcome)?;
        return Ok(InlineOutcome::Session { resumed: true });
    }
    if let Some(answer) = success.get_child("failed", ns::SM) {
        not_resumed(answer, session, outcome);
        outcome.end(session);
    }
    let Some(bound) = success.get_child("bound", ns::BIND2) else {
        return Ok(InlineOutcome::Nothing);
    };
    let Ok(jid) = who.try_into_full() else {
        return Err(Failure::protocol("bound without a JID"));
    };
    outcome.end(session);
    let Some(answer) = bound.get_child("enabled", ns::SM) else {
        return Ok(InlineOutcome::Bound(jid));
    };
    let features = StreamFeatures::default();
    let mut fresh = Session::begin_quietly(jid, enabled(answer), features, roster_version);
    // A server may have enabled carbons without saying so; enabling them twice does no harm.
    if !bound.has_child("enabled", ns::CARBONS) {
        fresh.enable_carbons();
    }
    *session = Some(fresh);
    Ok(InlineOutcome::Session { resumed: false })
}
