//! The history of one conversation, of which only the items near the viewport become widgets.
//!
//! Everything is measured from the end, where reading begins: items above may turn out taller than
//! guessed without moving what is read. While the person has scrolled up, items that arrive are
//! kept back behind a button, so nothing moves under their eyes.

pub(super) mod content;
pub(super) mod item;
mod past;
mod unread;

use std::ops::Range;
use std::time::SystemTime;

use engine::{ArchivePlace, ChatEvent, Label, MessageId, Notice, Outgoing, Provenance};

use self::content::{Content, Side};
use self::item::{Item, Name, Remark};
use self::past::Anchors;
use super::Unsent;
use super::provenance::{may_replace, may_replace_inside};

/// Items are built this many logical pixels before they come into view.
const OVERSCAN: f32 = 600.0;

/// Closer to the end than this, in logical pixels, counts as scrolled to the end.
const NEAR_END: f32 = 32.0;

/// Memory limit for one timeline, in bytes; beyond it the oldest messages are trimmed.
pub(super) const WEIGHT_MAX: usize = 4 * 1024 * 1024;

/// The items of a chat, and the scroll position.
pub(super) struct Timeline {
    items: Vec<Item>,
    /// Memory that the items take, in bytes, or more: texts that were corrected count until the next
    /// trim.
    weight: usize,
    /// How many of the oldest messages were trimmed.
    let_go: usize,
    next_key: u64,
    /// Distance of the viewport's lower edge from the end of what is shown.
    from_end: f32,
    viewport: f32,
    width: f32,
    /// How many items are shown; the others arrived while the person had scrolled up.
    kept_back_from: Option<usize>,
    /// Before this item stands "new".
    first_new: Option<u64>,
    /// Whether that item was in view since. Reset when another item becomes the first new one.
    new_seen: bool,
    /// When the newest message was written, at most now.
    last_at: Option<SystemTime>,
    /// Key of the scrollable; another key resets its scroll position.
    epoch: u64,
    /// Where messages of the archive belong.
    anchors: Anchors,
}

/// Which items to build and how much room to leave for the others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window {
    /// Indices of items.
    pub(super) items: Range<usize>,
    /// Logical pixels above the first.
    pub(super) above: f32,
    /// Logical pixels below the last.
    pub(super) below: f32,
}

/// Where the scrollable has to be moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scroll {
    /// Stay.
    Stay,
    /// Go so far from the end.
    To(f32),
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            weight: 0,
            let_go: 0,
            next_key: 0,
            from_end: 0.0,
            viewport: 1_000.0,
            width: 800.0,
            kept_back_from: None,
            first_new: None,
            new_seen: false,
            last_at: None,
            epoch: 0,
            anchors: Anchors::default(),
        }
    }
}

impl Timeline {
    /// Handles an event that adds or changes an item; any other is ignored.
    pub(super) fn observe(&mut self, event: ChatEvent) {
        match event {
            ChatEvent::Received { text, provenance, at, label, place } => {
                let content = |at| Content::Received { text, provenance, at };
                self.put(Side::Theirs, &label, provenance, (at, place), content);
            }
            ChatEvent::SentElsewhere { text, at, id, replaces, place } => {
                let content = |at| Content::SentByOtherDevice { text, at };
                let label = Label::Outside { id, replaces };
                self.put(Side::Ours, &label, Provenance::Plain, (at, place), content);
            }
            ChatEvent::Outgoing(outgoing) => self.update_outgoing(outgoing),
            ChatEvent::Discarded(id) => self.remove(&id),
            ChatEvent::Notice(notice) => self.add_notice(notice, SystemTime::now()),
            ChatEvent::EarlierNotice { notice, at, place } => {
                let item = self.new_item(None, Content::Notice { notice, at });
                self.insert(Item { place: Some(place), ..item });
            }
            ChatEvent::Info(_)
            | ChatEvent::AvatarChanged(_)
            | ChatEvent::Writing(_)
            | ChatEvent::Unread(_)
            | ChatEvent::Draft(_)
            | ChatEvent::Removed
            | ChatEvent::PadlockChanged(_)
            | ChatEvent::NewKeyBeside(_)
            | ChatEvent::OlderVersion(_)
            | ChatEvent::Verification(_) => {}
        }
    }

    /// Memory that it takes, in bytes.
    pub(super) const fn weight(&self) -> usize {
        self.weight
    }

    /// Number of messages that were trimmed.
    pub(super) const fn let_go(&self) -> usize {
        self.let_go
    }

    /// Trims the oldest items until the rest takes at most this many bytes. Messages of ours that are
    /// not known to have gone out stay in any case: there may be no other copy.
    pub(super) fn shrink_to(&mut self, weight: usize) {
        self.weight = self.items.iter().map(Item::weight).sum();
        let (mut index, shown) = (0, self.kept_back_from);
        let mut gone_of_shown = 0;
        let (mut surplus, let_go) = (self.weight.saturating_sub(weight), &mut self.let_go);
        self.items.retain(|item| {
            let goes = surplus > 0 && !item.content.is_unsettled();
            if goes {
                surplus = surplus.saturating_sub(item.weight());
                *let_go += usize::from(item.text().is_some());
                gone_of_shown += usize::from(shown.is_some_and(|shown| index < shown));
            }
            index += 1;
            !goes
        });
        self.kept_back_from = shown.map(|shown| shown - gone_of_shown);
        self.weight = self.items.iter().map(Item::weight).sum();
    }

    /// Counts what was added, and trims if that is too much.
    fn grows(&mut self, weight: usize) {
        self.weight += weight;
        if self.weight > WEIGHT_MAX {
            // Not one by one: each time all of them are looked at.
            self.shrink_to(WEIGHT_MAX / 4 * 3);
        }
    }

    /// Whether a received message corrects an item, and so adds none.
    pub(super) fn is_correction(&mut self, event: &ChatEvent) -> bool {
        let ChatEvent::Received { provenance, label, .. } = event else { return false };
        self.corrected(Side::Theirs, label, *provenance).is_some()
    }

    /// The last message of ours, if it was written here.
    pub(super) fn last_of_ours(&self) -> Option<&Item> {
        let item = self.items.iter().rev().find(|item| item.side() == Some(Side::Ours))?;
        item.content.outgoing().map(|_| item)
    }

    /// Whether a message of ours is held, queued or failed, or a gap is open.
    pub(super) fn holds_text(&self) -> bool {
        self.items().iter().any(|item| item.content.is_unsettled())
    }

    /// Which kinds of messages of ours have not gone out.
    pub(super) fn unsent(&self) -> Vec<Unsent> {
        let is_there =
            |kind: &Unsent| self.items.iter().any(|item| item.content.unsent() == Some(*kind));
        [Unsent::Failed, Unsent::Held].into_iter().filter(is_there).collect()
    }

    /// All items, oldest first.
    pub(super) fn items(&self) -> &[Item] {
        &self.items
    }

    /// Our message with this id.
    pub(super) fn outgoing(&self, id: &MessageId) -> Option<&Outgoing> {
        let ours = self.items.iter().rev().filter_map(|item| item.content.outgoing());
        ours.into_iter().find(|outgoing| outgoing.id == *id)
    }

    /// The item with this key.
    pub(super) fn item(&self, key: u64) -> Option<&Item> {
        self.items.iter().rev().find(|item| item.key == key)
    }

    /// When the newest message was written, by its timestamp; never earlier than before.
    pub(super) const fn last_at(&self) -> Option<SystemTime> {
        self.last_at
    }

    /// The last message, if it may be shown in the contact list: it was never private.
    pub(super) fn last_line(&self) -> Option<&str> {
        let last = self.items.iter().rev().find(|item| item.text().is_some())?;
        match last.provenance()? {
            Provenance::Plain | Provenance::PlainInPrivate => last.text(),
            Provenance::Unaccepted(_) | Provenance::Private(_) | Provenance::Verified(_) => None,
        }
    }

    /// The items to build now.
    pub(super) fn window(&self) -> Window {
        let end = self.shown();
        let far = self.from_end + self.viewport + OVERSCAN;
        let near = (self.from_end - OVERSCAN).max(0.0);
        let mut window = Window { items: end..end, above: 0.0, below: 0.0 };
        let mut passed = 0.0;
        for (index, item) in self.items.iter().enumerate().take(end).rev() {
            let height = item.height(self.width);
            if passed >= far {
                window.above += height;
            } else if passed + height <= near {
                window.below += height;
                window.items = index..index;
            } else {
                window.items.start = index;
            }
            passed += height;
        }
        window
    }

    /// Number of messages that arrived below while the person had scrolled up.
    pub(super) fn waiting(&self) -> usize {
        self.items.iter().skip(self.shown()).filter(|item| item.content.is_news()).count()
    }

    /// Whether the person has scrolled up.
    pub(super) const fn is_scrolled_up(&self) -> bool {
        self.kept_back_from.is_some()
    }

    /// Before this item stands "new".
    pub(super) const fn first_new(&self) -> Option<u64> {
        self.first_new
    }

    /// Marks the item that comes next as the first new one.
    pub(super) const fn mark_new(&mut self) {
        (self.first_new, self.new_seen) = (Some(self.next_key), false);
    }

    /// Removes the mark.
    pub(super) const fn clear_new(&mut self) {
        self.first_new = None;
    }

    /// The person scrolled, or the window changed its size.
    pub(super) fn scrolled(&mut self, from_end: f32, viewport: f32, width: f32) -> Scroll {
        if (width - self.width).abs() > 1.0 {
            self.forget_heights();
        }
        (self.from_end, self.viewport, self.width) = (from_end.max(0.0), viewport, width);
        if self.from_end > NEAR_END {
            self.kept_back_from.get_or_insert(self.items.len());
            return Scroll::Stay;
        }
        let shown = self.shown();
        let revealed: f32 = self.items.iter().skip(shown).map(|item| item.height(self.width)).sum();
        self.kept_back_from = None;
        if revealed <= NEAR_END {
            return Scroll::Stay;
        }
        self.from_end += revealed;
        self.kept_back_from = Some(self.items.len());
        Scroll::To(self.from_end)
    }

    /// Shows the end, and everything that arrived.
    pub(super) const fn show_end(&mut self) -> Scroll {
        self.kept_back_from = None;
        self.from_end = 0.0;
        Scroll::To(0.0)
    }

    /// Shows the end with a scrollable that has never been moved.
    pub(super) const fn start_at_end(&mut self) {
        if self.is_scrolled_up() {
            self.epoch += 1;
        }
        let _ = self.show_end();
    }

    /// The scrollable's key.
    pub(super) const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Items of these keys were drawn this tall.
    pub(super) fn measured_all(&mut self, heights: Vec<(u64, f32)>) {
        for (key, height) in heights {
            self.measured(key, height);
        }
    }

    fn measured(&mut self, key: u64, height: f32) {
        if let Some(item) = self.item_mut(key) {
            item.height = Some(height);
        }
    }

    /// Shows more of a long text.
    pub(super) fn show_more(&mut self, key: u64) {
        if let Some(item) = self.item_mut(key) {
            item.steps += 1;
            item.height = None;
        }
    }

    /// Forgets the heights of all items that are not drawn: another width breaks other lines.
    fn forget_heights(&mut self) {
        let drawn = self.window().items;
        for (index, item) in self.items.iter_mut().enumerate() {
            if !drawn.contains(&index) {
                item.height = None;
            }
        }
    }

    fn shown(&self) -> usize {
        self.kept_back_from.unwrap_or(self.items.len()).min(self.items.len())
    }

    fn item_mut(&mut self, key: u64) -> Option<&mut Item> {
        self.items.iter_mut().rev().find(|item| item.key == key)
    }

    /// Adds a message of one side, or replaces the one that it corrects (XEP-0308), if its protection
    /// allows that; if not, both are shown.
    fn put(
        &mut self,
        side: Side,
        label: &Label,
        travelled: Provenance,
        (at, place): (SystemTime, Option<ArchivePlace>),
        content: impl FnOnce(SystemTime) -> Content,
    ) {
        let name = Name::of(label);
        if let Some(item) = self.corrected(side, label, travelled) {
            return item.correct(name, content(item.at()));
        }
        let remark = label.replaces().map(|_| match label {
            Label::Outside { .. } => Remark::SaidToCorrect,
            Label::Inside { .. } => Remark::Corrects,
        });
        let item = self.new_item(name, content(at));
        self.insert(Item { remark, place, ..item });
    }

    /// The item that a message with this label and protection may replace.
    fn corrected(&mut self, side: Side, label: &Label, travelled: Provenance) -> Option<&mut Item> {
        let name = label.replaces()?;
        let is_it = |item: &&mut Item| match label {
            Label::Outside { .. } => item.is_called(name),
            Label::Inside { .. } => item.calls_itself(name),
        };
        let item =
            self.items.iter_mut().rev().filter(|item| item.side() == Some(side)).find(is_it)?;
        let former = item.provenance()?;
        let may = match label {
            Label::Outside { .. } => may_replace(travelled, former),
            Label::Inside { .. } => may_replace_inside(travelled, former),
        };
        may.then_some(item)
    }

    fn push(&mut self, name: Option<Name>, content: Content) {
        let item = self.new_item(name, content);
        self.insert(item);
    }

    fn new_item(&mut self, name: Option<Name>, content: Content) -> Item {
        self.next_key += 1;
        Item::new(self.next_key - 1, name, content)
    }

    /// Inserts an item at the end, or at its place in the archive.
    fn insert(&mut self, item: Item) {
        let weight = item.weight();
        if item.text().is_some() {
            let at = item.at().min(SystemTime::now());
            self.last_at = self.last_at.max(Some(at));
        }
        match item.place.map(|place| self.index_of(place, item.at())) {
            Some(index) => self.insert_at(index, item),
            None => self.items.push(item),
        }
        self.grows(weight);
    }

    fn update_outgoing(&mut self, outgoing: Outgoing) {
        let is_it =
            |item: &&mut Item| item.side() == Some(Side::Ours) && item.is_called(&outgoing.id);
        let Some(item) = self.items.iter_mut().rev().find(is_it) else {
            return self.append(outgoing);
        };
        // What was corrected since may still move on, out of sight.
        let contents = std::iter::once(&mut item.content).chain(&mut item.before);
        if let Some(content) = contents.into_iter().find(|one| one.is_outgoing(&outgoing.id)) {
            *content = Content::Outgoing(outgoing);
        }
    }

    /// A new message of ours: at the end, or in the place of the one that it corrects. What is held
    /// has not travelled yet and is never sent less protected than what it corrects.
    fn append(&mut self, outgoing: Outgoing) {
        let name = Some(Name::Own(outgoing.id.clone()));
        let corrected = outgoing.replaces.as_ref().and_then(|replaces| {
            let is_it =
                |item: &&mut Item| item.side() == Some(Side::Ours) && item.is_called(replaces);
            self.items.iter_mut().rev().find(is_it)
        });
        match corrected {
            Some(item) => item.correct(name, Content::Outgoing(outgoing)),
            None => self.push(name, Content::Outgoing(outgoing)),
        }
    }

    fn remove(&mut self, id: &MessageId) {
        let is_it = |item: &Item| item.content.is_outgoing(id);
        let Some(index) = self.items.iter().rposition(is_it) else { return };
        if self.items.get_mut(index).is_some_and(Item::restore) {
            return;
        }
        self.take_out(index);
    }

    /// Adds a notice at the end. That a private conversation began is inserted before the held messages
    /// that it releases.
    fn add_notice(&mut self, notice: Notice, at: SystemTime) {
        let begins = matches!(notice, Notice::PrivateStarted { .. });
        let item = self.new_item(None, Content::Notice { notice, at });
        let waits = |item: &&Item| item.content.unsent() == Some(Unsent::Held);
        let let_out = if begins { self.items.iter().rev().take_while(waits).count() } else { 0 };
        let weight = item.weight();
        self.insert_at(self.items.len() - let_out, item);
        self.grows(weight);
    }
}

#[cfg(test)]
mod tests;
