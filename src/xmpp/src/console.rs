//! The XML console: records the elements of a stream for the person to read.

use std::mem;

use tokio_xmpp::minidom::Element;

use crate::Redacted;
use crate::xml::ns;

/// Limit of one element; the rest is cut off.
const XML_BYTES_MAX: usize = 64 * 1024;
/// Limit of recorded elements that were not yet taken; further ones are only counted.
const WAITING_MAX: usize = 128;
/// Replaces what is hidden.
const HIDDEN: &str = "…";

/// How much of the stream is reported in [`Event::Traffic`](crate::Event::Traffic).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Console {
    /// Nothing.
    #[default]
    Off,
    /// Everything but passwords and what people wrote.
    Hidden,
    /// Everything but passwords.
    Whole,
}

/// The direction of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// From the server to us.
    In,
    /// From us to the server.
    Out,
}

/// Records elements until [`take`](Self::take) is called.
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
    /// Changes what is recorded, and drops what was.
    pub(crate) fn set(&mut self, console: Console) {
        *self = Self { console, ..Self::default() };
    }

    /// Records an element, unless the console is off.
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

    /// Removes and returns the recorded elements.
    pub(crate) fn take(&mut self) -> Vec<TrafficEntry> {
        mem::take(&mut self.waiting)
    }

    /// Counts an element that will not be reported.
    pub(crate) const fn drop_one(&mut self) {
        self.dropped += 1;
    }

    /// Returns the number of elements not reported since the last call.
    pub(crate) const fn take_dropped(&mut self) -> u64 {
        mem::replace(&mut self.dropped, 0)
    }
}

/// Hides passwords, and what people wrote if `hides_text`. The recursion is as deep as
/// [`limits`](crate::limits) allows.
fn hide(element: &mut Element, hides_text: bool) {
    // Registration and password changes carry the password there (XEP-0077).
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
