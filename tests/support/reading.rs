//! Reading what is drawn, by tesseract.

use std::path::Path;
use std::process::Command;

use crate::display::Spot;
use crate::{program, run};

/// How much larger a picture is made before it is read: letters of a window are small for a reader
/// made for scanned paper.
const MAGNIFIED: u32 = 2;

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    text: String,
    line: (u32, u32, u32),
    spot: Spot,
}

/// Reads a picture whose upper left corner is there, in reading order.
pub(crate) fn read(picture: &Path, corner: Spot) -> Vec<Word> {
    let large = picture.with_extension("large.png");
    let scale = format!("{}%", MAGNIFIED * 100);
    run(Command::new(program("convert"))
        .arg(picture)
        .args(["-colorspace", "Gray", "-resize", &scale])
        .arg(&large));
    // Mode 11: words wherever they stand, as in a window, not columns of a page.
    let table = run(Command::new(program("tesseract"))
        .arg(&large)
        .args(["-", "--psm", "11", "tsv"])
        .env("OMP_THREAD_LIMIT", "1"));
    table.lines().skip(1).filter_map(|row| word(row, corner)).collect()
}

/// One row of the table: level, page, block, paragraph, line, word, left, top, width, height,
/// confidence, text.
fn word(row: &str, corner: Spot) -> Option<Word> {
    let fields: Vec<_> = row.split('\t').collect();
    let number = |index: usize| fields.get(index)?.parse::<u32>().ok();
    let text = normal(fields.get(11)?);
    if text.is_empty() {
        return None;
    }
    let middle = |from, length| Some((number(from)? + number(length)? / 2) / MAGNIFIED);
    Some(Word {
        text,
        line: (number(2)?, number(3)?, number(4)?),
        spot: Spot { x: corner.x + middle(6, 8)?, y: corner.y + middle(7, 9)? },
    })
}

/// Where words stand one after another on one line: the middle of the first and the last. A line of
/// nothing else comes first: a button rather than a sentence with the same word. Blanks do not
/// count, as narrow ones are read over.
pub(crate) fn find(read: &[Word], words: &str) -> Option<Spot> {
    let wanted = normal(words);
    let lines = || read.chunk_by(|left, right| left.line == right.line);
    let alone = lines().filter(|line| joined(line) == wanted);
    alone.chain(lines()).find_map(|line| {
        let starts = 0..line.len();
        let mut runs = starts.flat_map(|from| (from + 1..=line.len()).map(move |to| from..to));
        let run = runs.find_map(|run| line.get(run).filter(|run| joined(run) == wanted))?;
        middle(run)
    })
}

/// Where words stand that may be part of longer ones, as beside a mark that is read as a letter: the
/// middle of the first and the last word they are part of.
pub(crate) fn find_part(read: &[Word], part: &str) -> Option<Spot> {
    let wanted = normal(part);
    let mut lines = read.chunk_by(|left, right| left.line == right.line);
    lines.find_map(|line| {
        // The shortest run that has it: no word at its ends is beside the point.
        let lengths = 1..=line.len();
        let mut runs = lengths.flat_map(|length| line.windows(length));
        let run = runs.find(|run| joined(run).contains(&wanted))?;
        middle(run)
    })
}

/// The middle of the first word and the last.
fn middle(run: &[Word]) -> Option<Spot> {
    let (first, last) = (run.first()?.spot, run.last()?.spot);
    Some(Spot { x: u32::midpoint(first.x, last.x), y: u32::midpoint(first.y, last.y) })
}

fn joined(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect()
}

/// What was read, line by line.
pub(crate) fn text(read: &[Word]) -> String {
    let lines = read.chunk_by(|left, right| left.line == right.line);
    let lines: Vec<_> = lines
        .map(|line| line.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "))
        .collect();
    lines.join("\n")
}

/// Text without what is easily misread.
fn normal(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "5\t1\t1\t1\t1\t1\t100\t40\t20\t10\t96\tGo\n\
                         5\t1\t1\t1\t1\t2\t140\t40\t60\t10\t93\tprivate\n\
                         5\t1\t2\t1\t1\t1\t100\t80\t20\t10\t91\tagain…\n";

    #[test]
    fn words_on_one_line_are_found_where_they_stand() {
        let corner = Spot { x: 5, y: 7 };
        let read: Vec<_> = TABLE.lines().filter_map(|row| word(row, corner)).collect();
        assert_eq!(find(&read, "Go private"), Some(Spot { x: 75, y: 29 }));
        assert_eq!(find(&read, "goprivate"), find(&read, "Go private"));
        assert_eq!(find(&read, "private again"), None);
        assert_eq!(find(&read, "priv"), None);
        assert_eq!(find_part(&read, "priv"), Some(Spot { x: 90, y: 29 }));
        assert_eq!(find_part(&read, "Go priv"), find(&read, "Go private"));
        assert_eq!(find_part(&read, "private again"), None);
        assert_eq!(text(&read), "go private\nagain");
    }
}
