//! Where lines break that the text shaper breaks too late: cosmic-text 0.15 does not break before a
//! stretch of another direction, so numbers among right-to-left words run on beyond the edge.

use crate::text::direction;

/// The same words with a break wherever the next one does not fit; `fits` is asked about one line.
/// What goes on below keeps the direction of its paragraph.
pub(super) fn lines(words: &str, fits: impl Fn(&str) -> bool) -> String {
    let mut broken = String::with_capacity(words.len() + 16);
    for (index, line) in words.split('\n').enumerate() {
        if index > 0 {
            broken.push('\n');
        }
        let mark = direction::mark(line);
        let mut rest = line;
        while !rest.is_empty() && !fits(rest) {
            let end = first(rest, &fits);
            let (line, after) = rest.split_at(end);
            broken.push_str(line.trim_end_matches(' '));
            let after = after.trim_start_matches(' ');
            if after.is_empty() {
                rest = after;
                break;
            }
            broken.push('\n');
            broken.push(mark);
            rest = after;
        }
        broken.push_str(rest);
    }
    broken
}

/// As many letters of one line as fit, and an ellipsis for the rest.
pub(super) fn left_off(words: &str, fits: impl Fn(&str) -> bool) -> String {
    let shortened = |end: usize| {
        let kept = words.get(..end).unwrap_or(words).trim_end();
        format!("{kept}…")
    };
    let ends: Vec<usize> = words
        .char_indices()
        .filter(|(_, c)| !direction::belongs_to_the_letter_before(*c))
        .map(|(at, _)| at)
        .collect();
    let fitting = ends.partition_point(|end| fits(&shortened(*end)));
    shortened(fitting.checked_sub(1).and_then(|last| ends.get(last)).copied().unwrap_or(0))
}

/// Where the first line ends: behind the last word that fits, or else the last letter; always further.
fn first(rest: &str, fits: &impl Fn(&str) -> bool) -> usize {
    let words: Vec<usize> =
        rest.match_indices(' ').map(|(at, _)| at).filter(|at| *at > 0).collect();
    let fitting = words.partition_point(|end| rest.get(..*end).is_some_and(fits));
    if let Some(end) = fitting.checked_sub(1).and_then(|last| words.get(last)) {
        return *end;
    }
    let word = rest.get(..words.first().copied().unwrap_or(rest.len())).unwrap_or(rest);
    let letters: Vec<usize> = word
        .char_indices()
        .filter(|(at, c)| *at > 0 && !direction::belongs_to_the_letter_before(*c))
        .map(|(at, _)| at)
        .collect();
    let fitting = letters.partition_point(|end| rest.get(..*end).is_some_and(fits));
    let last = fitting.checked_sub(1).and_then(|last| letters.get(last));
    last.or(letters.first()).copied().unwrap_or(word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line holds ten letters.
    fn ten(words: &str) -> String {
        lines(words, |line| {
            line.chars().filter(|c| !matches!(c, '\u{200e}' | '\u{200f}')).count() <= 10
        })
    }

    #[test]
    fn a_line_that_fits_stays_whole() {
        assert_eq!(ten("one two\nthree"), "one two\nthree");
    }

    #[test]
    fn a_line_breaks_where_a_word_ends() {
        assert_eq!(ten("one two three"), "one two\n\u{200e}three");
    }

    #[test]
    fn a_word_longer_than_a_line_breaks_between_letters() {
        assert_eq!(ten("abcdefghijklm"), "abcdefghij\n\u{200e}klm");
    }

    #[test]
    fn what_goes_on_below_keeps_its_direction() {
        assert_eq!(ten("\u{5d0}\u{5d1} 12 12 12 12"), "\u{5d0}\u{5d1} 12 12\n\u{200f}12 12");
    }

    #[test]
    fn a_line_that_is_too_long_says_so() {
        let fits = |line: &str| line.chars().count() <= 10;
        assert_eq!(left_off("Bartholomew Featherstone", fits), "Bartholom…");
        assert_eq!(left_off("Bartholo Featherstone", fits), "Bartholo…", "no blank before it");
        assert_eq!(left_off("abcdefghe\u{301}\u{302}jkl", fits), "abcdefgh…");
        assert_eq!(left_off("abc", |_| false), "…");
    }

    #[test]
    fn a_letter_wider_than_a_line_ends_nothing_for_ever() {
        assert_eq!(lines("abc", |_| false), "a\n\u{200e}b\n\u{200e}c");
    }
}
