//! Text of others, made fit to be drawn: nothing in it turns, hides, overprints or moves what stands
//! beside it, and what it tried to do so with is seen.
//!
//! Everything drawn passes here: the arguments of [`t!`](crate::t), and whatever a widget of
//! [`typography`](crate::widget::typography) is given. Not here: whether a name *looks like* another.
//!
//! Characters that do something instead of being seen (Unicode TR36 §2.7, UTS 55 §2) are replaced by
//! a mark that names their code point; but where a language or an emoji needs one, it stays.

use std::borrow::Cow;

use super::character::{self, Kind};

/// Combining marks on one letter; Hebrew with its accents needs five. More are a tower.
const COMBINING_MAX: usize = 5;

/// Longest tag sequence of a flag (UTS 51 §C.1): three letters of a region, three of its part.
const TAGS_MAX: usize = 6;

/// How many characters are looked at for each that a line may have.
const LOOK_FACTOR: usize = 16;

/// What opens and closes the isolation of a foreign name within a sentence of ours (UAX 9 §2.4).
pub(super) const ISOLATE: char = '\u{2068}';
pub(super) const POP: char = '\u{2069}';

/// On one line, and no longer than `max` characters: names, labels, sentences within sentences.
#[must_use]
pub fn line(text: &str, max: usize) -> String {
    // What is looked at is bounded too: each character that is kept may stand among so many.
    let looked_at = max.saturating_mul(LOOK_FACTOR);
    let end = text.char_indices().nth(looked_at).map_or(text.len(), |(end, _)| end);
    let mut shown = Shown::default();
    for piece in pieces(text.get(..end).unwrap_or(text), Isolates::Seen) {
        match piece {
            Piece::Break | Piece::Blank => shown.blank(),
            Piece::Kept(c) if c.is_whitespace() => shown.blank(),
            Piece::Kept(c) => shown.push(c),
            Piece::Hidden(hidden) => hidden.write(&mut shown.text),
        }
        if shown.text.len() > max && shown.text.trim_end().chars().count() > max {
            let text = shown.text.trim();
            let start: String = text.chars().take(max.saturating_sub(1)).collect();
            return format!("{}…", unbroken(&start));
        }
    }
    let whole = shown.text.trim();
    if end < text.len() { format!("{whole}…") } else { whole.to_owned() }
}

/// On as many lines as it has: messages.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    drawn(text, Isolates::Seen)
}

/// The net below everything drawn: as [`lines`], but the isolates of our own sentences stay.
#[must_use]
pub fn guarded(words: Cow<'_, str>) -> Cow<'_, str> {
    if words.chars().all(is_harmless) {
        return words;
    }
    match drawn(&words, Isolates::Ours) {
        Cow::Borrowed(_) => words,
        Cow::Owned(drawn) => Cow::Owned(drawn),
    }
}

/// For the clipboard: as it came, but without control characters, which would act on the terminal or
/// the field that it is pasted to, and with every embedding, override and isolate closed.
#[must_use]
pub fn copied(text: &str) -> String {
    let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let mut copy: String = text.chars().filter(kept).collect();
    let mut open = Vec::new();
    for c in text.chars() {
        match c {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => open.push('\u{202c}'),
            '\u{2066}'..='\u{2068}' => open.push(POP),
            // What is opened within an isolate ends with it.
            POP => {
                if let Some(at) = open.iter().rposition(|close| *close == POP) {
                    open.truncate(at);
                }
            }
            '\u{202c}' if open.last() == Some(&'\u{202c}') => drop(open.pop()),
            // They end with their paragraph.
            '\n' | '\r' | '\u{2029}' => open.clear(),
            _ => {}
        }
    }
    copy.extend(open.into_iter().rev());
    copy
}

/// Whether nothing in it can stand out above or below its line: all letters are of our own font,
/// without further marks.
#[must_use]
pub fn is_low(words: &str) -> bool {
    words.chars().all(|c| {
        c < '\u{300}'
            || matches!(c, '\u{370}'..='\u{482}' | '\u{48a}'..='\u{52f}' | '\u{2010}'..='\u{206f}')
    })
}

/// Whether isolates are the text's own, and so to be seen, or those of our sentences.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Isolates {
    Seen,
    Ours,
}

/// What becomes of a character.
#[derive(Clone, Copy)]
enum Piece {
    Kept(char),
    Blank,
    Break,
    Hidden(Hidden),
}

/// A run of characters that are not drawn.
#[derive(Clone, Copy)]
struct Hidden {
    first: char,
    more: usize,
}

impl Hidden {
    fn write(self, to: &mut String) {
        use std::fmt::Write as _;
        // Writing to a string does not fail.
        let _ = match self.more {
            0 => write!(to, "‹U+{:04X}›", u32::from(self.first)),
            more => write!(to, "‹U+{:04X}+{more}›", u32::from(self.first)),
        };
    }
}

/// A line as it grows.
#[derive(Default)]
struct Shown {
    text: String,
}

impl Shown {
    fn push(&mut self, c: char) {
        self.text.push(c);
    }

    /// Several blanks are one: a name can't push what follows it out of sight.
    fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }
}

fn drawn(text: &str, isolates: Isolates) -> Cow<'_, str> {
    if text.chars().all(is_harmless) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for piece in pieces(text, isolates) {
        match piece {
            Piece::Kept(c) => shown.push(c),
            Piece::Blank => shown.push(' '),
            Piece::Break => shown.push('\n'),
            Piece::Hidden(hidden) => hidden.write(&mut shown),
        }
    }
    Cow::Owned(shown)
}

/// Whether a character needs no look at what stands around it.
fn is_harmless(c: char) -> bool {
    c == '\n' || character::kind(c) == Kind::Seen
}

/// What is left when a text is cut in the middle of a mark: all before it.
fn unbroken(start: &str) -> &str {
    match (start.rfind('‹'), start.rfind('›')) {
        (Some(open), close) if close.is_none_or(|close| close < open) => {
            let inside = start.get(open..).unwrap_or_default();
            if inside.starts_with("‹U") || inside == "‹" {
                start.get(..open).unwrap_or_default()
            } else {
                start
            }
        }
        _ => start,
    }
}

fn pieces(text: &str, isolates: Isolates) -> impl Iterator<Item = Piece> {
    let around = Around::of(text, isolates);
    let mut at = 0;
    std::iter::from_fn(move || {
        let piece = around.piece(at)?;
        at += match piece {
            Piece::Hidden(Hidden { more, .. }) => more + 1,
            // A line feed after a carriage return is the same break.
            Piece::Break if around.at(at) == Some('\r') && around.at(at + 1) == Some('\n') => 2,
            Piece::Kept(_) | Piece::Blank | Piece::Break => 1,
        };
        Some(piece)
    })
}

/// A text whose characters are judged by those around them.
struct Around {
    text: Vec<char>,
    /// Whether anything is written from right to left, so that marks of direction have a use.
    turns: bool,
    /// Where an isolate of ours opens or closes.
    paired: Vec<usize>,
}

impl Around {
    fn of(text: &str, isolates: Isolates) -> Self {
        let text: Vec<char> = text.chars().collect();
        let turns = text.iter().any(|c| character::is_rtl(*c));
        let paired = match isolates {
            Isolates::Ours if turns => pairs(&text),
            Isolates::Ours | Isolates::Seen => Vec::new(),
        };
        Self { text, turns, paired }
    }

    fn at(&self, index: usize) -> Option<char> {
        self.text.get(index).copied()
    }

    /// What becomes of the character at `index`; those that are hidden are taken together.
    fn piece(&self, index: usize) -> Option<Piece> {
        let first = self.at(index)?;
        match self.fate(index) {
            Fate::Hide => {
                let more = (index + 1..self.text.len())
                    .take_while(|next| matches!(self.fate(*next), Fate::Hide))
                    .count();
                Some(Piece::Hidden(Hidden { first, more }))
            }
            Fate::Keep => Some(Piece::Kept(first)),
            Fate::Blank => Some(Piece::Blank),
            Fate::Break => Some(Piece::Break),
        }
    }

    fn fate(&self, index: usize) -> Fate {
        let Some(c) = self.at(index) else { return Fate::Hide };
        let keep = |kept: bool| if kept { Fate::Keep } else { Fate::Hide };
        match character::kind(c) {
            Kind::Seen => Fate::Keep,
            Kind::Break => Fate::Break,
            Kind::Blank => Fate::Blank,
            Kind::Hidden => keep(self.paired.binary_search(&index).is_ok()),
            Kind::Direction => keep(self.turns && !self.splits_word(index)),
            Kind::Joiner => keep(self.joins(index, c)),
            Kind::BreakHint => keep(self.beside(index, character::has_no_blanks)),
            Kind::Filler => keep(self.beside(index, character::is_jamo)),
            Kind::Prepended => keep(self.at(index + 1).is_some_and(character::is_eastern_digit)),
            Kind::Combining => keep(self.height(index).is_some_and(|n| n <= COMBINING_MAX)),
            Kind::Selector => keep(self.before(index).is_some_and(|b| character::selects(b, c))),
            Kind::Tag => keep(self.is_flag(index)),
        }
    }

    fn before(&self, index: usize) -> Option<char> {
        index.checked_sub(1).and_then(|before| self.at(before))
    }

    /// Whether the characters on both sides are of a kind.
    fn beside(&self, index: usize, of: fn(char) -> bool) -> bool {
        self.before(index).is_some_and(of) && self.at(index + 1).is_some_and(of)
    }

    /// Whether a mark of direction stands amid a word of another direction, where no language wants
    /// one: in `pdf‹RLM›.‹RLM›invoice.exe` it makes an ending out of a beginning.
    fn splits_word(&self, index: usize) -> bool {
        let (left, right) = self.text.split_at(index);
        let word = |c: &&char| !c.is_whitespace();
        let left: Vec<char> = left.iter().rev().take_while(word).copied().collect();
        let right: Vec<char> = right.iter().take_while(word).copied().collect();
        let turns = left.iter().chain(&right).any(|c| character::is_rtl(*c));
        // What is hidden is seen as a mark, and that has letters.
        let is_letter = |c: &char| {
            let kind = character::kind(*c);
            c.is_alphanumeric() || !matches!(kind, Kind::Seen | Kind::Direction)
        };
        let lettered = |half: &[char]| half.iter().any(is_letter);
        !turns && lettered(&left) && lettered(&right)
    }

    /// Whether a joiner shapes what it stands between: letters of a script that joins, or emoji.
    fn joins(&self, index: usize, c: char) -> bool {
        let (before, after) = (self.before(index), self.at(index + 1));
        if before.is_some_and(character::is_joining) {
            return true;
        }
        let emoji = |c: Option<char>| c.is_some_and(character::is_emoji_part);
        c == '\u{200d}' && emoji(before) && emoji(after)
    }

    /// How many marks the letter carries up to this one; none if there is no letter below it.
    fn height(&self, index: usize) -> Option<usize> {
        let is_mark = |c: &char| {
            matches!(character::kind(*c), Kind::Combining | Kind::Selector | Kind::Joiner)
        };
        let marks = self.text.iter().take(index + 1).rev().take_while(|c| is_mark(c));
        let (all, combining) = marks.fold((0, 0), |(all, combining), c| {
            (all + 1, combining + usize::from(character::kind(*c) == Kind::Combining))
        });
        let base = (index + 1).checked_sub(all + 1).and_then(|base| self.at(base))?;
        let carries = character::kind(base) == Kind::Seen && base != ' ' && base != '\n';
        carries.then_some(combining)
    }

    /// Whether a tag belongs to a flag: a black flag, tags, and the one that ends them (UTS 51).
    fn is_flag(&self, index: usize) -> bool {
        let is_tag = |c: &char| character::kind(*c) == Kind::Tag;
        let start = index - self.text.iter().take(index).rev().take_while(|c| is_tag(c)).count();
        let Some(tags) = self.text.get(start..) else { return false };
        let tags: Vec<char> = tags.iter().take_while(|c| is_tag(c)).copied().collect();
        let Some((end, tags)) = tags.split_last() else { return false };
        let spelt = |c: &char| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}');
        *end == '\u{e007f}'
            && (1..=TAGS_MAX).contains(&tags.len())
            && tags.iter().all(spelt)
            && self.before(start) == Some('\u{1f3f4}')
    }
}

#[derive(Clone, Copy)]
enum Fate {
    Keep,
    Blank,
    Break,
    Hide,
}

/// Where isolates open and close in pairs on one line; sorted.
fn pairs(text: &[char]) -> Vec<usize> {
    let (mut paired, mut open) = (Vec::new(), Vec::new());
    for (index, c) in text.iter().enumerate() {
        match *c {
            ISOLATE => open.push(index),
            POP => {
                if let Some(opened) = open.pop() {
                    paired.extend([opened, index]);
                }
            }
            c if character::kind(c) == Kind::Break => open.clear(),
            _ => {}
        }
    }
    paired.sort_unstable();
    paired
}

#[cfg(test)]
mod tests;
