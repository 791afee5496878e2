//! The server of a practice: carries messages and presence between two accounts in memory.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use xmpp::{
    Availability, BareJid, Command, Event, FullJid, Jid, PROGRAM, Request, RequestError,
    RosterItem, Subscription,
};

const DEPTH: usize = 1024;

/// One who is signed in.
struct Member {
    jid: FullJid,
    contact: BareJid,
    availability: Availability,
    events: mpsc::Sender<Event>,
}

/// A server in memory; clones are the same server.
#[derive(Clone, Default)]
pub(super) struct Server {
    members: Arc<Mutex<Vec<Member>>>,
}

impl Server {
    pub(super) fn start() -> Self {
        Self::default()
    }

    /// Signs an account in that has one contact; what is returned are the ends of a link.
    pub(super) fn join(
        &self,
        account: BareJid,
        contact: BareJid,
        contact_name: &str,
    ) -> (mpsc::Sender<Command>, mpsc::Receiver<Event>) {
        let (to_server, mut commands) = mpsc::channel(DEPTH);
        let (events, from_server) = mpsc::channel(DEPTH);
        let resource = format!("practice-{:08x}", rand::random::<u32>());
        let Ok(jid) = account.with_resource_str(&resource) else { return (to_server, from_server) };
        let item = RosterItem {
            jid: contact.clone(),
            name: Some(contact_name.to_owned()).filter(|name| !name.is_empty()),
            subscription: Subscription::Both,
            asked: false,
            groups: Vec::new(),
        };
        let _ = events.try_send(Event::Online { jid: jid.clone(), resumed: false });
        let _ = events.try_send(Event::Roster { items: vec![item], version: None });
        let availability = Availability::Offline;
        self.with(|members| {
            members.push(Member { jid: jid.clone(), contact, availability, events });
        });
        let server = self.clone();
        drop(tokio::spawn(async move {
            while let Some(command) = commands.recv().await {
                if matches!(command, Command::SignOut) {
                    break;
                }
                server.obey(&jid, command);
            }
            server.set_presence(&jid, Availability::Offline);
            server.with(|members| members.retain(|member| member.jid != jid));
        }));
        (to_server, from_server)
    }

    /// Shows an account so, as its presence would.
    pub(super) fn show(&self, account: &BareJid, availability: Availability) {
        let jid = self.with(|members| {
            members.iter().find(|m| m.jid.to_bare() == *account).map(|m| m.jid.clone())
        });
        if let Some(jid) = jid {
            self.set_presence(&jid, availability);
        }
    }

    /// Cuts every wire to an account, as when its computer dies: whatever it says now is not heard.
    pub(super) fn cut(&self, account: &BareJid) {
        self.show(account, Availability::Offline);
        self.with(|members| members.retain(|member| member.jid.to_bare() != *account));
    }

    /// Delivers a text in the clear, written by whoever can write on the way.
    pub(super) fn inject(&self, from: &BareJid, to: &BareJid, body: String) {
        self.with(|members| {
            let sender = members.iter().find(|m| m.jid.to_bare() == *from).map(|m| m.jid.clone());
            if let Some(sender) = sender {
                deliver(members, &sender, &Jid::from(to.clone()), None, &body, false);
            }
        });
    }

    fn obey(&self, from: &FullJid, command: Command) {
        if !self.with(|members| members.iter().any(|member| member.jid == *from)) {
            return;
        }
        match command {
            Command::SendMessage { tag, to, id, body, request_receipt, .. } => {
                self.with(|members| {
                    let arrived =
                        deliver(members, from, &to, Some(id.clone()), &body, request_receipt);
                    tell(members, from, Event::Acked { tag });
                    if !arrived {
                        let condition = "service-unavailable".to_owned();
                        tell(members, from, Event::DeliveryFailed { from: to, id, condition });
                    }
                });
            }
            Command::SendReceipt { to, id } => self.with(|members| {
                let event = || Event::Receipt { from: from.clone().into(), id: id.clone() };
                for member in present(members, &to) {
                    let _ = member.events.try_send(event());
                }
            }),
            Command::SetPresence(availability) | Command::ShowAnew(availability) => {
                self.set_presence(from, availability);
            }
            Command::Request(tag, Request::QueryArchive(_) | Request::FetchAvatar { .. }) => {
                let condition = "service-unavailable".to_owned();
                let error = RequestError::Refused { condition, text: None };
                self.with(|members| tell(members, from, Event::Response(tag, Err(error))));
            }
            // The list of a practice is fixed.
            Command::SendChatState { .. }
            | Command::RosterSet { .. }
            | Command::RosterRemove(_)
            | Command::Subscribe(_)
            | Command::Approve(_)
            | Command::Decline(_)
            | Command::Reconnect
            | Command::NetworkChanged
            | Command::SignIn { .. }
            | Command::PinKey(_)
            | Command::Request(
                _,
                Request::Block(_)
                | Request::Unblock(_)
                | Request::ChangePassword(_)
                | Request::DeleteAccount,
            )
            | Command::SetActive(_)
            | Command::SetConsole(_)
            | Command::SetAnswered(_)
            | Command::Answer(..)
            | Command::Confirm { .. }
            | Command::Suspend
            | Command::SignOut => {}
        }
    }

    fn set_presence(&self, jid: &FullJid, availability: Availability) {
        self.with(|members| {
            let Some(index) = members.iter().position(|member| member.jid == *jid) else { return };
            let account = jid.to_bare();
            let mut was = Availability::Offline;
            if let Some(member) = members.get_mut(index) {
                was = std::mem::replace(&mut member.availability, availability);
            }
            let came = was == Availability::Offline && availability != Availability::Offline;
            for other in members.iter().filter(|member| member.contact == account) {
                let presence = |from: FullJid, availability| Event::Presence {
                    from,
                    availability,
                    program: Some(PROGRAM.to_owned()),
                };
                let _ = other.events.try_send(presence(jid.clone(), availability));
                if came && other.availability != Availability::Offline {
                    tell(members, jid, presence(other.jid.clone(), other.availability));
                }
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Member>) -> T) -> T {
        work(&mut self.members.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn present<'a>(members: &'a [Member], to: &Jid) -> impl Iterator<Item = &'a Member> {
    let (bare, full) = (to.to_bare(), FullJid::try_from(to.clone()).ok());
    members.iter().filter(move |member| {
        member.availability != Availability::Offline
            && member.jid.to_bare() == bare
            && full.as_ref().is_none_or(|full| member.jid == *full)
    })
}

fn deliver(
    members: &[Member],
    from: &FullJid,
    to: &Jid,
    id: Option<String>,
    body: &str,
    wants_receipt: bool,
) -> bool {
    let mut arrived = false;
    for member in present(members, to) {
        let event = Event::MessageReceived {
            from: from.clone().into(),
            id: id.clone(),
            body: body.into(),
            delayed: None,
            wants_receipt,
            archive_id: None,
            replaces: None,
        };
        arrived |= member.events.try_send(event).is_ok();
    }
    arrived
}

fn tell(members: &[Member], whom: &FullJid, event: Event) {
    if let Some(member) = members.iter().find(|member| member.jid == *whom) {
        let _ = member.events.try_send(event);
    }
}
