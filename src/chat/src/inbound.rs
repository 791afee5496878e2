//! What came and is not dealt with yet, and what was shown already.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{Hash, RandomState};

use otr::reorder::ReorderBuffer;
use otr::{Event, Fingerprint, InstanceTag, Output, Outputs, Timestamp};

use crate::claimed_error::ClaimedError;
use crate::input::Received;
use crate::keys::Sighted;
use crate::label::Label;
use crate::provenance::Provenance;
use crate::recent::Recent;

/// Programs that give ids again in every session give short ones.
const UNIQUE_ID_BYTES_MIN: usize = 16;

/// What comes from the contact, or in their name.
pub(crate) struct Inbound<D> {
    pub(crate) reorder: ReorderBuffer<Received<D>>,
    /// What is to be read next.
    pub(crate) backlog: VecDeque<Received<D>>,
    /// What was read, and waits until it is known what is written down of a key.
    pub(crate) paused: Option<Reading<D>>,
    /// What is written down of the key of the session that is about to begin.
    pub(crate) sighted: Option<Sighted>,
    /// What was shown.
    recent: Recent,
    /// Ids of what we sent in the clear, which our server may copy to us.
    pub(crate) sent: Recent,
    /// Which errors were told of since something was last read.
    pub(crate) claimed_errors: BTreeSet<ClaimedError>,
    /// When new keys were offered last to a client that wrote readably in a session.
    pub(crate) asked_beside_at: Option<Timestamp>,
    /// Whether it was said that another device of ours talks in private.
    pub(crate) other_device_told: bool,
}

/// A message that the protocol has read, and what follows from it.
pub(crate) struct Reading<D> {
    pub(crate) received: Received<D>,
    pub(crate) outputs: Outputs,
    pub(crate) answers: Answers,
}

/// Whether what is read is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    /// As the protocol asks for.
    All,
    /// Nothing: we are invisible.
    None,
}

/// Who can have sent a message: what somebody on the way writes is no repetition of what the owner
/// of a key wrote.
#[derive(Hash)]
enum Writer {
    Anybody,
    Key(Fingerprint),
}

impl<D> Inbound<D> {
    pub(crate) fn new(own: InstanceTag, hasher: RandomState) -> Self {
        Self {
            reorder: ReorderBuffer::new(own),
            backlog: VecDeque::new(),
            paused: None,
            sighted: None,
            recent: Recent::new(hasher.clone()),
            sent: Recent::new(hasher),
            claimed_errors: BTreeSet::new(),
            asked_beside_at: None,
            other_device_told: false,
        }
    }

    /// Whether an answer of [`Effect::SightKey`](crate::Effect::SightKey) is missing.
    pub(crate) const fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Whether a message was sent again that is shown already, by what whoever can write it calls
    /// it. Of private ones only their author knows.
    pub(crate) fn came_before(&mut self, label: &Label, text: &str, way: Provenance) -> bool {
        let (id, writer) = match (label, way.key()) {
            (Label::Inside { id, .. }, Some(key)) => (id, Writer::Key(key)),
            (Label::Outside { id: Some(id), .. }, None) => (id, Writer::Anybody),
            (Label::Outside { .. }, _) | (Label::Inside { .. }, None) => return false,
        };
        id.as_str().len() >= UNIQUE_ID_BYTES_MIN && self.recent.repeats((writer, id.as_str(), text))
    }
}

/// The key of the session that begins, if one does.
pub(crate) fn new_key(outputs: &[Output]) -> Option<Fingerprint> {
    outputs.iter().find_map(|output| match output {
        Output::Event(
            Event::SessionStarted { fingerprint, .. }
            | Event::SessionRefreshed { fingerprint, .. }
            | Event::SessionKeyChanged { fingerprint, .. },
        ) => Some(*fingerprint),
        Output::Event(_) | Output::Send { .. } => None,
    })
}
