//! The contact's devices: which are there, where each OTR client was heard, and so where what we
//! send goes.
//!
//! No presence is not absence: whoever hides it, or whose presence does not reach us, writes all the
//! same. So who has just written from a device is there.

use std::collections::BTreeMap;
use std::time::Duration;

use otr::html::{self, Reader};
use otr::{InstanceTag, Timestamp};

use crate::address::Destination;
use crate::permissions::Permissions;
use crate::program::Program;

/// How long somebody who wrote counts as there, whatever presence says.
const HEARD: Duration = Duration::from_secs(5 * 60);
/// How long presence, which says more, may take to come behind our own coming: until any of theirs
/// came, or so much time has passed, what was written makes nobody there. After a crash a stream
/// brings what was written long ago, and keys must not be exchanged with who is only about to come.
const PRESENCE: Duration = Duration::from_secs(60);

/// All devices of one contact. `D` names one of them (in XMPP, its full JID).
#[derive(Debug)]
pub(crate) struct Devices<D> {
    /// Those whose presence shows them, and what each says that it runs.
    in_sight: BTreeMap<D, Program>,
    /// Where each OTR client is, as its authenticated messages showed.
    clients: BTreeMap<InstanceTag, D>,
    heard: Heard<D>,
    /// The client that wrote HTML last, and so reads it.
    html_writer: Option<InstanceTag>,
    /// The client that wrote readably last, though we have a session with it: it may have lost it.
    without_session: Option<InstanceTag>,
}

/// Where the contact wrote from last.
#[derive(Debug)]
struct Heard<D> {
    at: Option<D>,
    /// Until when that makes them there, if it still does.
    until: Option<Timestamp>,
    /// Until when presence may be on its way.
    presence_due: Option<Timestamp>,
}

impl<D> Heard<D> {
    /// Whether it makes them there.
    const fn is_now(&self) -> bool {
        self.until.is_some() && self.presence_due.is_none()
    }
}

/// The message that is being answered.
#[derive(Clone, Debug)]
pub(crate) struct Cause<D> {
    /// Where it came from.
    pub from: Destination<D>,
    /// The OTR client that it says it is of, if it says so.
    pub instance: Option<InstanceTag>,
}

impl<D: Clone + Ord> Devices<D> {
    /// Those whose presence shows them.
    #[must_use]
    pub(crate) const fn new(in_sight: BTreeMap<D, Program>) -> Self {
        Self {
            in_sight,
            clients: BTreeMap::new(),
            heard: Heard { at: None, until: None, presence_due: None },
            html_writer: None,
            without_session: None,
        }
    }

    /// Whether the contact is there, as far as we can know.
    #[must_use]
    pub(crate) fn is_anybody_there(&self, permissions: Permissions) -> bool {
        self.is_anybody_shown(permissions) || self.heard.is_now()
    }

    /// Whether presence says so, where we see it. Whoever is invisible is told nobody's.
    #[must_use]
    pub(crate) fn is_anybody_shown(&self, permissions: Permissions) -> bool {
        !permissions.contains(Permissions::SEE_PRESENCE)
            || permissions.contains(Permissions::INVISIBLE)
            || !self.in_sight.is_empty()
    }

    /// Takes note of where they write from at this moment. Says whether somebody new is there.
    pub(crate) fn heard(&mut self, at: D, now: Timestamp) -> bool {
        let is_new = self.heard.at.as_ref() != Some(&at) && !self.in_sight.contains_key(&at);
        (self.heard.at, self.heard.until) = (Some(at), Some(now + HEARD));
        is_new
    }

    /// We came online: presence is on its way.
    pub(crate) fn link_up(&mut self, now: Timestamp) {
        self.heard.presence_due = Some(now + PRESENCE);
    }

    /// Nothing is known of anybody's presence any more.
    pub(crate) fn link_replaced(&mut self) {
        self.in_sight.clear();
        self.heard.until = None;
    }

    /// Presence shows a device. Says whether it is new.
    pub(crate) fn shown(&mut self, device: D, program: Program) -> bool {
        self.heard.presence_due = None;
        self.in_sight.insert(device, program).is_none()
    }

    /// Presence says that a device is gone. Gives back the clients that were there.
    pub(crate) fn gone(&mut self, device: &D) -> Vec<InstanceTag> {
        self.heard.presence_due = None;
        if self.heard.at.as_ref() == Some(device) {
            self.heard.until = None;
        }
        self.in_sight.remove(device);
        self.clients_at(device)
    }

    /// The clients that were heard from a device.
    #[must_use]
    pub(crate) fn clients_at(&self, device: &D) -> Vec<InstanceTag> {
        let there = self.clients.iter().filter(|(_, at)| *at == device);
        there.map(|(client, _)| *client).collect()
    }

    /// The other clients that were heard from where this one is.
    #[must_use]
    pub(crate) fn displaced_by(&self, client: InstanceTag) -> Vec<InstanceTag> {
        let there = self.clients.get(&client).map(|at| self.clients_at(at)).unwrap_or_default();
        there.into_iter().filter(|other| *other != client).collect()
    }

    /// When something changes by itself.
    #[must_use]
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.heard.until.into_iter().chain(self.heard.presence_due).min()
    }

    /// Does what is due at `now`.
    pub(crate) fn handle_timeout(&mut self, now: Timestamp) {
        self.heard.until.take_if(|until| *until <= now);
        self.heard.presence_due.take_if(|due| *due <= now);
    }

    /// Where a protocol message goes: an answer to the device that just wrote, anything else to
    /// where its client was last heard, to one that hides and has just written, or to the only one
    /// that is there; an offer to one of several goes to all of them.
    #[must_use]
    pub(crate) fn route(
        &self,
        to: Option<InstanceTag>,
        cause: Option<&Cause<D>>,
        permissions: Permissions,
    ) -> Destination<D> {
        let known = to.and_then(|client| self.clients.get(&client)).cloned();
        let known = known.map(Destination::Device);
        let from = cause.map(|cause| cause.from.clone());
        // A program that crashed comes back with its tag, but at another address.
        let is_answer = cause.is_some_and(|cause| to.is_some() && cause.instance == to);
        let (first, second) = if is_answer { (from, known) } else { (known, from) };
        first
            .or(second)
            .or_else(|| self.hidden(permissions))
            .unwrap_or_else(|| self.route_in_sight(None))
    }

    /// The same by presence alone.
    #[must_use]
    pub(crate) fn route_in_sight(&self, to: Option<InstanceTag>) -> Destination<D> {
        let known = to.and_then(|client| self.clients.get(&client));
        // One of several may be about to vanish.
        let only = self.in_sight.keys().next().filter(|_| self.in_sight.len() == 1);
        known.or(only).cloned().map_or(Destination::Contact, Destination::Device)
    }

    /// Where what is asked a second time goes: to those in sight, if there are any.
    #[must_use]
    pub(crate) fn route_again(
        &self,
        to: Option<InstanceTag>,
        permissions: Permissions,
    ) -> Destination<D> {
        match to {
            None if !self.in_sight.is_empty() => self.route_in_sight(None),
            None | Some(_) => self.route(to, None, permissions),
        }
    }

    /// Where they wrote from last, if presence does not show that one: what goes to those in sight
    /// does not reach it.
    fn hidden(&self, permissions: Permissions) -> Option<Destination<D>> {
        // Where presence shows nothing at all, an address of long ago is no better than none.
        let is_best = self.heard.until.is_some() || permissions.contains(Permissions::SEE_PRESENCE);
        let is_asked = self.heard.is_now() || (is_best && self.in_sight.is_empty());
        let is_hidden = |at: &D| is_asked && !self.in_sight.contains_key(at);
        self.heard.at.clone().filter(is_hidden).map(Destination::Device)
    }

    /// An authenticated message of a client came from there.
    pub(crate) fn learn_route(&mut self, client: InstanceTag, cause: Option<&Cause<D>>) {
        if let Some(from) = cause.and_then(|cause| cause.from.device()) {
            self.clients.insert(client, from.clone());
        }
    }

    /// There is no session with a client any more.
    pub(crate) fn forget_client(&mut self, client: InstanceTag) {
        self.clients.remove(&client);
    }

    /// Whether a message comes from where the client is.
    #[must_use]
    pub(crate) fn is_at(&self, client: InstanceTag, from: &Destination<D>) -> bool {
        let at = self.clients.get(&client);
        at.is_some() && at == from.device()
    }

    /// A client wrote readably in its session.
    pub(crate) fn wrote_readably(&mut self, client: InstanceTag) {
        self.without_session = Some(client);
    }

    /// The client that wrote readably last, though we have a session with it.
    #[must_use]
    pub(crate) const fn without_session(&self) -> Option<InstanceTag> {
        self.without_session
    }

    /// A client has its session.
    pub(crate) fn has_session(&mut self, client: InstanceTag) {
        self.without_session.take_if(|without| *without == client);
    }

    /// New keys were exchanged: what was before counts no more.
    pub(crate) fn session_began(&mut self) {
        self.without_session = None;
    }

    /// What a device says that it runs, if presence shows it.
    #[must_use]
    pub(crate) fn program(&self, at: &Destination<D>) -> Option<Program> {
        at.device().and_then(|device| self.in_sight.get(device)).copied()
    }

    /// How the client that a text goes to reads it: by what it wrote, or by what it says it is;
    /// `None` if it shows everything as it comes.
    #[must_use]
    pub(crate) fn reader(&self, client: InstanceTag, permissions: Permissions) -> Option<Reader> {
        if self.html_writer == Some(client) {
            return Some(Reader::Html);
        }
        let at = self.route(Some(client), None, permissions);
        if !at.is_device() {
            return Some(Reader::Unknown);
        }
        let program = self.program(&at).unwrap_or_default();
        (!program.is_as_typed()).then(|| program.reader())
    }

    /// What an HTML text stands for; `None` if it is none, or is what was typed into a program that
    /// never made HTML of anything.
    pub(crate) fn meant_by(
        &mut self,
        text: &str,
        client: InstanceTag,
        from: Option<&Destination<D>>,
    ) -> Option<String> {
        let meant = html::decode(text)?;
        let program = from.and_then(|from| self.program(from));
        let is_as_typed = program.is_some_and(Program::is_as_typed);
        if is_as_typed && self.html_writer != Some(client) && !html::is_wrapped(text) {
            return None;
        }
        self.html_writer = Some(client);
        Some(meant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Permissions = Permissions::SEE_PRESENCE;

    fn devices<const COUNT: usize>(in_sight: [&'static str; COUNT]) -> Devices<&'static str> {
        Devices::new(in_sight.map(|device| (device, Program::Other)).into())
    }

    fn client(number: u32) -> InstanceTag {
        InstanceTag::new(0x100 + number).unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn who_writes_is_there_for_five_minutes_but_not_before_presence_may_have_come() {
        let mut devices = devices([]);
        assert!(!devices.is_anybody_there(SEEN));
        devices.link_up(at(0));
        assert!(devices.heard("phone", at(1)), "somebody new");
        assert!(!devices.heard("phone", at(2)), "the same again");
        assert!(!devices.is_anybody_there(SEEN), "presence may be on its way");
        assert_eq!(devices.deadline(), Some(at(60)));
        devices.handle_timeout(at(60));
        assert!(devices.is_anybody_there(SEEN));
        assert_eq!(devices.deadline(), Some(at(302)));
        devices.handle_timeout(at(302));
        assert!(!devices.is_anybody_there(SEEN));
        assert_eq!(devices.deadline(), None);
    }

    #[test]
    fn whose_presence_is_not_seen_may_be_there() {
        let devices = devices([]);
        assert!(devices.is_anybody_there(Permissions::default()));
        assert!(devices.is_anybody_there(SEEN | Permissions::INVISIBLE));
        assert!(!devices.is_anybody_there(SEEN));
    }

    #[test]
    fn what_is_for_one_client_goes_where_it_was_heard_and_what_is_for_none_to_the_only_one() {
        let mut devices = devices(["desk"]);
        assert_eq!(devices.route(None, None, SEEN), Destination::Device("desk"));
        devices.shown("phone", Program::Other);
        assert_eq!(devices.route(None, None, SEEN), Destination::Contact, "to all of them");
        let cause = Cause { from: Destination::Device("phone"), instance: Some(client(1)) };
        devices.learn_route(client(1), Some(&cause));
        assert_eq!(devices.route(Some(client(1)), None, SEEN), Destination::Device("phone"));
        // It crashed, and comes back with its tag.
        let cause = Cause { from: Destination::Device("again"), instance: Some(client(1)) };
        let answer = devices.route(Some(client(1)), Some(&cause), SEEN);
        assert_eq!(answer, Destination::Device("again"));
        // What somebody else wrote moves nothing.
        let other = Cause { from: Destination::Device("other"), instance: Some(client(2)) };
        let route = devices.route(Some(client(1)), Some(&other), SEEN);
        assert_eq!(route, Destination::Device("phone"));
    }

    #[test]
    fn who_hides_and_has_just_written_is_asked_there_the_first_time() {
        let mut devices = devices(["desk"]);
        devices.heard("hidden", at(0));
        assert_eq!(devices.route(None, None, SEEN), Destination::Device("hidden"));
        assert_eq!(devices.route_again(None, SEEN), Destination::Device("desk"));
        devices.handle_timeout(at(300));
        assert_eq!(devices.route(None, None, SEEN), Destination::Device("desk"));
    }

    #[test]
    fn two_clients_are_never_at_one_address() {
        let mut devices = devices([]);
        let cause =
            |instance| Cause { from: Destination::Device("desk"), instance: Some(instance) };
        devices.learn_route(client(1), Some(&cause(client(1))));
        assert_eq!(devices.displaced_by(client(1)), []);
        devices.learn_route(client(2), Some(&cause(client(2))));
        assert_eq!(devices.displaced_by(client(2)), [client(1)]);
        assert_eq!(devices.gone(&"desk"), [client(1), client(2)]);
    }

    #[test]
    fn who_wrote_html_reads_it_whatever_it_says_it_is() {
        let mut devices = Devices::new([("desk", Program::AsTyped)].into());
        let from = Destination::Device("desk");
        let cause = Cause { from: from.clone(), instance: Some(client(1)) };
        devices.learn_route(client(1), Some(&cause));
        assert_eq!(devices.reader(client(1), SEEN), None);
        assert_eq!(devices.meant_by("1 &lt; 2", client(1), Some(&from)), None, "it was typed so");
        let wrapped = "<html><body>1 &lt; 2</body></html>";
        assert_eq!(devices.meant_by(wrapped, client(1), Some(&from)).as_deref(), Some("1 < 2"));
        assert_eq!(devices.reader(client(1), SEEN), Some(Reader::Html));
        devices.shown("phone", Program::Other);
        assert_eq!(devices.reader(client(2), SEEN), Some(Reader::Unknown), "nobody knows where");
    }
}
