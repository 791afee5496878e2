//! What goes over the stream, for who wants to see it.

use std::mem;

use tokio_xmpp::minidom::Element;

use crate::Redacted;
use crate::xml::ns;

/// No stanza is shown longer; it is cut there.
const XML_BYTES_MAX: usize = 64 * 1024;
/// So many may wait for the link to go round; it writes fewer at once.
const WAITING_MAX: usize = 128;
/// Stands for what is not shown.
const HIDDEN: &str = "…";

/// How much of the stream is told in [`Event::Traffic`](crate::Event::Traffic).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Console {
    /// Nothing.
    #[default]
    Off,
    /// Everything but what people wrote.
    Hidden,
    /// Everything but passwords.
    Whole,
}

/// Which way something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// From the server to us.
    In,
    /// From us to the server.
    Out,
}

/// Takes down what passes, until it is told.
#[derive(Debug, Default)]
pub(crate) struct TrafficLog {
    console: Console,
    waiting: Vec<TrafficEntry>,
    dropped: u64,
}

/// One element that went over the stream.
#[derive(Debug)]
pub(crate) struct TrafficEntry {
    pub(crate) flow: Flow,
    pub(crate) xml: Redacted<String>,
}

impl TrafficLog {
    /// Shows so much from now on.
    pub(crate) fn set(&mut self, console: Console) {
        *self = Self { console, ..Self::default() };
    }

    /// Something passes.
    pub(crate) fn record(&mut self, flow: Flow, element: &Element) {
        let hides_text = match self.console {
            Console::Off => return,
            Console::Hidden => true,
            Console::Whole => false,
        };
        if self.waiting.len() < WAITING_MAX {
            let mut element = element.clone();
            hide(&mut element, hides_text);
            self.waiting.push(TrafficEntry { flow, xml: written(&element).into() });
        } else {
            self.dropped += 1;
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes what passed.
    pub(crate) fn take(&mut self) -> Vec<TrafficEntry> {
        mem::take(&mut self.waiting)
    }

    /// One more will not be told.
    pub(crate) const fn drop_one(&mut self) {
        self.dropped += 1;
    }

    /// How many were not told since this was last asked.
    pub(crate) const fn take_dropped(&mut self) -> u64 {
        mem::replace(&mut self.dropped, 0)
    }
}

/// Takes out what must not be seen. No deeper than stanzas are let in.
fn hide(element: &mut Element, hides_text: bool) {
    // Whoever registers or changes a password shows it there (XEP-0077).
    let is_secret = element.ns() == ns::REGISTER;
    let is_text = hides_text && matches!(element.name(), "body" | "subject" | "status");
    if is_secret || is_text {
        if !element.take_nodes().is_empty() {
            element.append_text_node(HIDDEN);
        }
        return;
    }
    element.children_mut().for_each(|child| hide(child, hides_text));
}

fn written(element: &Element) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = element.write_to(&mut bytes) {
        tracing::debug!(%error, "cannot be shown");
    }
    let mut xml = String::from_utf8_lossy(&bytes).into_owned();
    if xml.len() > XML_BYTES_MAX {
        xml.truncate(xml.floor_char_boundary(XML_BYTES_MAX));
        xml.push_str(HIDDEN);
    }
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of this.
    fn shown(console: Console, xml: &str) -> Option<String> {
        let mut traffic_log = TrafficLog::default();
        traffic_log.set(console);
        traffic_log.record(Flow::In, &xml.parse().unwrap());
        traffic_log.take().pop().map(|passed| passed.xml.into_inner())
    }

    const MESSAGE: &str = "<message xmlns='jabber:client' from='bob@example.org/x'>\
        <body>secret one</body><subject>secret two</subject>\
        <html xmlns='http://jabber.org/protocol/xhtml-im'>\
        <body xmlns='http://www.w3.org/1999/xhtml'>secret <b>three</b></body></html>\
        <received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>\
        <message xmlns='jabber:client'><body>secret four</body></message></forwarded></received>\
        </message>";
    const STATUS: &str = "<presence xmlns='jabber:client'><status>secret</status></presence>";
    const PASSWORD: &str = "<iq xmlns='jabber:client' type='set' id='1'>\
        <query xmlns='jabber:iq:register'><username>alice</username>\
        <password>secret</password></query></iq>";

    #[test]
    fn nothing_is_taken_down_unless_wanted() {
        assert_eq!(shown(Console::Off, MESSAGE), None);
        assert_eq!(Console::default(), Console::Off);
    }

    #[test]
    fn what_people_wrote_is_hidden_and_the_rest_is_shown() {
        for xml in [MESSAGE, STATUS, PASSWORD] {
            let shown = shown(Console::Hidden, xml).unwrap();
            assert!(!shown.contains("secret") && shown.contains(HIDDEN), "{shown}");
        }
        let shown = shown(Console::Hidden, MESSAGE).unwrap();
        assert_eq!(shown.matches(HIDDEN).count(), 4, "{shown}");
        assert!(shown.contains("bob@example.org/x") && shown.contains("urn:xmpp:carbons:2"));
    }

    #[test]
    fn the_whole_is_shown_but_passwords_never() {
        let message = shown(Console::Whole, MESSAGE).unwrap();
        assert_eq!(message.parse::<Element>().unwrap(), MESSAGE.parse().unwrap());
        let change = shown(Console::Whole, PASSWORD).unwrap();
        assert!(!change.contains("secret") && !change.contains("alice"), "{change}");
        assert!(change.contains("jabber:iq:register"));
    }

    #[test]
    fn what_is_long_is_cut_and_what_is_much_is_dropped_and_counted() {
        let long =
            format!("<message xmlns='jabber:client'><body>{}</body></message>", "ж".repeat(40_000));
        let cut = shown(Console::Whole, &long).unwrap();
        assert!(cut.len() <= XML_BYTES_MAX + HIDDEN.len() && cut.ends_with(HIDDEN));
        let mut traffic_log = TrafficLog::default();
        traffic_log.set(Console::Whole);
        for _ in 0..WAITING_MAX + 3 {
            traffic_log.record(Flow::Out, &Element::bare("r", ns::SM));
        }
        assert_eq!((traffic_log.take_dropped(), traffic_log.take_dropped()), (3, 0));
        assert_eq!(traffic_log.take().len(), WAITING_MAX);
    }
}
