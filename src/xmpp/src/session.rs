//! One session: what happens between sign-in and the end, over one stream or several (XEP-0198
//! §5). Elements and commands in, elements and events out; no I/O.

use tokio::time::Instant;
use tokio_xmpp::jid::{BareJid, FullJid, Jid};
use tokio_xmpp::minidom::Element;

use crate::bounds::is_cut;
use crate::failure::Failure;
use crate::life::Life;
use crate::management::{Management, Outgoing, TooMany};
use crate::stanza::presence::Subscribing;
use crate::stanza::roster::Roster;
use crate::stanza::{iq, message, presence, roster};
use crate::xml::{ns, random_id};
use crate::{Availability, Command, Event};

/// What a session knows.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) jid: FullJid,
    pub(crate) management: Management,
    /// No message body is longer, escaped.
    body_bytes_max: usize,
    roster: Roster,
    roster_query_id: String,
    /// How we last said we are.
    announced: Option<Availability>,
}

impl Session {
    /// A session just begun. The roster is asked for before presence is announced, so that
    /// whoever shows up is known.
    pub(crate) fn begin(jid: FullJid, management: Management, body_bytes_max: usize) -> Self {
        let mut session = Self {
            jid,
            management,
            body_bytes_max,
            roster: Roster::default(),
            roster_query_id: random_id(),
            announced: None,
        };
        session.send(roster::query(&session.roster_query_id));
        session
    }

    /// Says how we are, unless everybody knows.
    pub(crate) fn announce(&mut self, availability: Availability) {
        if self.announced != Some(availability) {
            self.announced = Some(availability);
            self.send(presence::announce(availability));
        }
    }

    fn send(&mut self, element: Element) {
        self.management.push(Outgoing { element, tag: None });
    }

    /// Does what the engine asks. What concerns the link as a whole is not for a session.
    pub(crate) fn command(&mut self, command: Command, life: &mut Life) {
        match command {
            Command::SendMessage { tag, to, id, body, kind, request_receipt } => {
                let message =
                    message::Message { to: &to, id: &id, body: &body, kind, request_receipt };
                match message.encode(self.body_bytes_max) {
                    Some(element) => self.management.push(Outgoing { element, tag: Some(tag) }),
                    None => life.events.push(Event::Unsendable { tag }),
                }
            }
            Command::SendReceipt { to, id } => {
                if let Some(receipt) = message::receipt(&to, &id) {
                    self.send(receipt);
                }
            }
            Command::SetPresence(availability) => {
                life.availability = availability;
                self.announce(availability);
            }
            Command::RosterSet { jid, name } => {
                match self.roster.set(&random_id(), &jid, name.as_deref()) {
                    Some(element) => self.send(element),
                    None => tracing::warn!("a contact's name cannot be written in XML"),
                }
            }
            Command::RosterRemove(jid) => self.send(roster::remove(&random_id(), &jid)),
            Command::Subscribe(jid) => self.send(Subscribing::Subscribe.encode(&jid)),
            Command::Approve(jid) => self.send(Subscribing::Approve.encode(&jid)),
            Command::Decline(jid) => self.send(Subscribing::Decline.encode(&jid)),
            // Perhaps the connection is gone and nobody noticed.
            Command::Reconnect => self.management.probe(true, Instant::now()),
            Command::SignIn { .. } | Command::TrustKey(_) | Command::SignOut => {}
        }
    }

    /// Takes one element of the server's.
    pub(crate) fn receive(&mut self, element: &Element, life: &mut Life) -> Result<(), Failure> {
        let namespace = element.ns();
        if namespace == ns::CLIENT && is_cut(element) {
            self.management.received();
            tracing::warn!("a stanza beyond all measure is dropped");
            if matches!(element.attr("type"), Some("get" | "set")) && element.name() == "iq" {
                self.management.push_answer(iq::unavailable(element));
            }
            return Ok(());
        }
        match (namespace.as_str(), element.name()) {
            (ns::CLIENT, "message") => {
                self.management.received();
                self.message(element, life);
            }
            (ns::CLIENT, "presence") => {
                self.management.received();
                if let Some(event) = presence::decode(element, &self.jid) {
                    life.events.push(event);
                }
            }
            (ns::CLIENT, "iq") => {
                self.management.received();
                self.iq(element, life)?;
            }
            (ns::SM, "r") => self.management.answer_request(),
            (ns::SM, "a") => {
                let h = element.attr("h").and_then(|h| h.parse().ok());
                let h = h.ok_or_else(|| Failure::protocol("an acknowledgement without a count"))?;
                life.events.acked(self.management.acknowledge(h)?);
            }
            (ns::STREAM, "error") => return Err(Failure::from_stream_error(element)),
            // Unknown extensions are none of ours.
            _ => {}
        }
        Ok(())
    }

    fn message(&self, element: &Element, life: &mut Life) {
        let Some(event) = message::decode(element, &self.jid) else { return };
        if let Event::MessageReceived { from, id: Some(id), body, .. } = &event
            && life.duplicates.is_duplicate(from.as_str(), id, body)
        {
            tracing::debug!("a message came twice");
            return;
        }
        life.events.push(event);
    }

    fn iq(&mut self, element: &Element, life: &mut Life) -> Result<(), Failure> {
        let id = element.attr("id").unwrap_or_default();
        let from = element.attr("from").map(Jid::new);
        let sender = match &from {
            None => Sender::Server,
            Some(Ok(from)) => self.sender(from),
            Some(Err(_)) => return Ok(()),
        };
        match element.attr("type") {
            Some("result" | "error") => {
                if matches!(sender, Sender::Server) {
                    self.answered(id, element, life)?;
                }
            }
            Some("set") if element.has_child("query", ns::ROSTER) => {
                let push = element.get_child("query", ns::ROSTER);
                if let (Sender::Server, Some(query)) = (sender, push) {
                    self.management.push_answer(iq::accept(element));
                    if let Some(event) = self.roster.push(query) {
                        life.events.push(event);
                    }
                } else {
                    self.management.push_answer(iq::unavailable(element));
                }
            }
            Some("get" | "set") => {
                let trusted = match sender {
                    Sender::Server | Sender::Ourselves => true,
                    Sender::Other(jid) => self.roster.may_see_us(&jid),
                };
                self.management.push_answer(iq::answer(element, trusted));
            }
            _ => {}
        }
        Ok(())
    }

    /// Our server answered a question of ours.
    fn answered(&mut self, id: &str, element: &Element, life: &mut Life) -> Result<(), Failure> {
        if id == self.roster_query_id {
            let event = self.roster.replace(element.get_child("query", ns::ROSTER));
            life.events.push(event);
        } else if let Some(acked) = self.management.pong(id) {
            life.events.acked(acked?);
        } else if element.attr("type") == Some("error") {
            tracing::warn!("the server refused a change of the roster");
        }
        Ok(())
    }

    /// Only our server speaks without a name, as its domain, or as our own account.
    fn sender(&self, from: &Jid) -> Sender {
        let bare = from.to_bare();
        let is_domain = bare.node().is_none() && bare.domain() == self.jid.domain();
        let is_account = from.is_bare() && bare == self.jid.to_bare();
        if is_domain || is_account {
            Sender::Server
        } else if bare == self.jid.to_bare() {
            Sender::Ourselves
        } else {
            Sender::Other(bare)
        }
    }
}

/// Who sent an iq.
enum Sender {
    Server,
    /// Another device of ours.
    Ourselves,
    Other(BareJid),
}

impl From<TooMany> for Failure {
    fn from(error: TooMany) -> Self {
        Self::protocol(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::{MessageKind, Subscription};

    struct Desk {
        session: Session,
        life: Life,
        events: mpsc::Receiver<Event>,
    }

    impl Desk {
        fn new() -> Self {
            let (sender, events) = mpsc::channel(64);
            let life = Life::new(sender);
            let jid = "alice@example.org/sotto".parse().unwrap();
            let mut session = Session::begin(jid, Management::managed(Some("s".into())), 1_000);
            session.announce(life.availability);
            let opening: Vec<_> =
                written(&mut session).iter().map(|e| e.name().to_owned()).collect();
            assert_eq!(opening, ["iq", "presence", "r"]);
            Self { session, life, events }
        }

        fn receive(&mut self, xml: &str) -> Result<(), Failure> {
            self.session.receive(&xml.parse().unwrap(), &mut self.life)
        }

        async fn events(&mut self) -> Vec<Event> {
            self.life.events.flush().await.unwrap();
            std::iter::from_fn(|| self.events.try_recv().ok()).collect()
        }

        fn written(&mut self) -> Vec<Element> {
            written(&mut self.session)
        }
    }

    fn written(session: &mut Session) -> Vec<Element> {
        let mut elements = Vec::new();
        while let Some(element) = session.management.next(Instant::now()) {
            elements.push(element.into_owned());
        }
        elements
    }

    fn push_from(from: &str) -> String {
        format!(
            "<iq xmlns='jabber:client' type='set' id='p' {from}><query xmlns='jabber:iq:roster'>\
             <item jid='bob@example.org' subscription='both'/></query></iq>"
        )
    }

    fn send(tag: u64, body: &str) -> Command {
        Command::SendMessage {
            tag,
            to: Jid::new("bob@example.org").unwrap(),
            id: tag.to_string(),
            body: body.into(),
            kind: MessageKind::Plain,
            request_receipt: false,
        }
    }

    #[tokio::test]
    async fn only_our_server_changes_the_roster() {
        for from in ["", "from='alice@example.org'", "from='example.org'"] {
            let mut desk = Desk::new();
            desk.receive(&push_from(from)).unwrap();
            let events = desk.events().await;
            assert!(
                matches!(&events[..], [Event::RosterChanged(item)]
                if item.subscription == Subscription::Both),
                "{from}"
            );
            assert_eq!(desk.written()[0].attr("type"), Some("result"));
        }
        for from in ["from='mallory@example.org'", "from='alice@example.org/phone'"] {
            let mut desk = Desk::new();
            desk.receive(&push_from(from)).unwrap();
            assert!(desk.events().await.is_empty(), "{from}");
            assert_eq!(desk.written()[0].attr("type"), Some("error"));
        }
    }

    #[tokio::test]
    async fn the_roster_is_told_once_it_came() {
        let mut desk = Desk::new();
        let id = desk.session.roster_query_id.clone();
        let answer =
            |from: &str| format!("<iq xmlns='jabber:client' type='result' id='{id}' {from}/>");
        desk.receive(&answer("from='mallory@example.org'")).unwrap();
        assert!(desk.events().await.is_empty());
        desk.receive(&answer("")).unwrap();
        assert!(matches!(&desk.events().await[..], [Event::Roster(items)] if items.is_empty()));
    }

    #[tokio::test]
    async fn strangers_learn_nothing_and_contacts_get_a_pong() {
        let ping = "<iq xmlns='jabber:client' type='get' id='q' from='bob@example.org/x'>\
            <ping xmlns='urn:xmpp:ping'/></iq>";
        let mut desk = Desk::new();
        desk.receive(ping).unwrap();
        assert_eq!(desk.written()[0].attr("type"), Some("error"));
        desk.receive(&push_from("")).unwrap();
        desk.written();
        desk.receive(ping).unwrap();
        assert_eq!(desk.written()[0].attr("type"), Some("result"));
    }

    #[tokio::test]
    async fn a_message_that_comes_twice_is_told_once() {
        let mut desk = Desk::new();
        let message = "<message xmlns='jabber:client' from='bob@example.org/x' type='chat' id='1'>\
            <body>hi</body></message>";
        desk.receive(message).unwrap();
        desk.receive(message).unwrap();
        assert_eq!(desk.events().await.len(), 1);
        desk.receive("<r xmlns='urn:xmpp:sm:3'/>").unwrap();
        assert_eq!(desk.written()[0].attr("h"), Some("2"));
    }

    #[tokio::test]
    async fn the_unsendable_is_told_and_the_rest_is_acknowledged() {
        let mut desk = Desk::new();
        for (tag, body) in [(1, "fine"), (2, "\0"), (3, "fine too")] {
            desk.session.command(send(tag, body), &mut desk.life);
        }
        assert!(matches!(&desk.events().await[..], [Event::Unsendable { tag: 2 }]));
        desk.written();
        desk.receive("<a xmlns='urn:xmpp:sm:3' h='4'/>").unwrap();
        let events = desk.events().await;
        assert!(matches!(&events[..], [Event::Acked { tag: 1 }, Event::Acked { tag: 3 }]));
    }

    #[tokio::test]
    async fn impossible_acknowledgements_end_the_stream() {
        for h in ["h='99'", "h='x'", ""] {
            let ack = format!("<a xmlns='urn:xmpp:sm:3' {h}/>");
            assert!(matches!(Desk::new().receive(&ack), Err(Failure::Passing(_))), "{h}");
        }
    }

    #[tokio::test]
    async fn presence_is_announced_and_kept() {
        let mut desk = Desk::new();
        let away = Command::SetPresence(Availability::Away);
        desk.session.command(away, &mut desk.life);
        assert_eq!(desk.written()[0].get_child("show", ns::CLIENT).unwrap().text(), "away");
        assert_eq!(desk.life.availability, Availability::Away);
    }
}
