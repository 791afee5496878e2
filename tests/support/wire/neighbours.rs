//! Stanzas that change places with the next.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use otr::reorder::Position;

const BEGIN: &str = "<message";
const END: &str = "</message>";

/// What is to be done with what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// It may go on.
    Go,
    /// It ends in a private message whose neighbour may come.
    Wait,
}

/// Swaps the first two private messages under the same keys, if nothing but what is not a message
/// stands between them.
pub(super) fn swap(read: &mut Vec<u8>, swaps: &AtomicUsize) -> Then {
    let Ok(text) = std::str::from_utf8(read) else { return Then::Go };
    let Some(first) = next_message(text, 0) else {
        return if text.contains(BEGIN) { Then::Wait } else { Then::Go };
    };
    let Some(position) = position(text, &first) else { return Then::Go };
    let Some(second) = next_message(text, first.end) else { return Then::Wait };
    let is_neighbour = self::position(text, &second)
        .is_some_and(|other| position.is_under_same_keys(&other) && position < other);
    if is_neighbour {
        let part = |range: Range<usize>| text.get(range).unwrap_or_default();
        let parts = [
            part(0..first.start),
            part(second.clone()),
            part(first.end..second.start),
            part(first),
            part(second.end..text.len()),
        ];
        *read = parts.concat().into_bytes();
        swaps.fetch_add(1, Ordering::Relaxed);
    }
    Then::Go
}

/// Where the next message stands that has come to its end; none that holds another.
pub(super) fn next_message(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let begin = rest.find(BEGIN)?;
    let end = begin + rest.get(begin..)?.find(END)? + END.len();
    let holds_another = rest.get(begin..end)?.matches(BEGIN).count() > 1;
    (!holds_another).then_some(from + begin..from + end)
}

fn position(text: &str, message: &Range<usize>) -> Option<Position> {
    Position::of(text.get(message.clone())?)
}
