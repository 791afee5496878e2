//! From a signed-in stream to a session: an earlier one resumed, or a new one bound.

use tokio_xmpp::jid::{BareJid, FullJid};
use tokio_xmpp::minidom::Element;

use crate::SignInError;
use crate::failure::Failure;
use crate::management::Management;
use crate::session::Session;
use crate::stream::{self, Opened, Stream};
use crate::xml::{WithAttribute, condition, iq, ns, random_id};

/// No body is longer, escaped: half of what servers take by default.
const BODY_BYTES_MAX: usize = 128 * 1024;
/// What a stanza may need besides its body.
const ENVELOPE_BYTES: usize = 4 * 1024;

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
}

/// Resumes the session in `session`, or puts a new one there. May be dropped at any time: what is
/// known by then of earlier messages stands in `fates`.
pub(crate) async fn establish(
    opened: Opened,
    account: &BareJid,
    resource: &str,
    session: &mut Option<Session>,
    fates: &mut Fates,
) -> Result<Established, Failure> {
    let Opened { mut stream, features } = opened;
    let manages = features.has_child("sm", ns::SM);
    if manages && resume(&mut stream, session, fates).await? {
        return Ok(Established { stream, resumed: true });
    }
    if let Some(old) = session.take() {
        fates.unsure.extend(old.management.into_unsure());
    }
    let jid = bind(&mut stream, account, resource).await?;
    begin_session(&mut stream, &features).await?;
    let management = if manages { enable(&mut stream).await? } else { Management::pinged() };
    *session = Some(Session::begin(jid, management, body_bytes_max(&features)));
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
    let h = answer.attr("h").and_then(|h| h.parse().ok());
    if answer.is("resumed", ns::SM) {
        let h = h.ok_or_else(|| Failure::protocol("resumed without a count"))?;
        match old.management.resumed(h) {
            Ok(acked) => fates.acked.extend(acked),
            Err(error) => {
                if let Some(old) = session.take() {
                    fates.unsure.extend(old.management.into_unsure());
                }
                return Err(error.into());
            }
        }
        return Ok(true);
    }
    if !answer.is("failed", ns::SM) {
        return Err(Failure::protocol("something else than an answer to resuming"));
    }
    // The server may still know what it had, and may not (`h` is optional).
    if let Some(h) = h
        && let Ok(acked) = old.management.acknowledge(h)
    {
        fates.acked.extend(acked);
    }
    tracing::debug!("the session cannot be resumed");
    Ok(false)
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
    let enable = Element::builder("enable", ns::SM).with("resume", "true").build();
    stream::send(stream, &enable).await?;
    loop {
        let answer = stream::next_element(stream).await?;
        if answer.is("enabled", ns::SM) {
            let resumable = matches!(answer.attr("resume"), Some("true" | "1"));
            let id = answer.attr("id").filter(|_| resumable);
            return Ok(Management::managed(id.map(str::to_owned)));
        }
        if answer.is("failed", ns::SM) {
            return Ok(Management::pinged());
        }
        // Nobody knows yet that we are here, so nothing else of weight can come.
    }
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

/// The server may take less than we would send (XEP-0478).
fn body_bytes_max(features: &Element) -> usize {
    features
        .get_child("limits", ns::STREAM_LIMITS)
        .and_then(|limits| limits.get_child("max-bytes", ns::STREAM_LIMITS))
        .and_then(|max| max.text().trim().parse::<usize>().ok())
        .map_or(BODY_BYTES_MAX, |max| max.saturating_sub(ENVELOPE_BYTES).min(BODY_BYTES_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(content: &str) -> usize {
        let xml = format!("<features xmlns='{}'>{content}</features>", ns::STREAM);
        body_bytes_max(&xml.parse().unwrap())
    }

    #[test]
    fn the_servers_limit_is_kept() {
        let announced = |bytes: &str| {
            limit(&format!(
                "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>{bytes}</max-bytes></limits>"
            ))
        };
        assert_eq!(limit(""), BODY_BYTES_MAX);
        assert_eq!(announced("10000"), 10_000 - ENVELOPE_BYTES);
        assert_eq!(announced("1000"), 0);
        assert_eq!(announced("99999999"), BODY_BYTES_MAX);
        assert_eq!(announced("many"), BODY_BYTES_MAX);
    }
}
