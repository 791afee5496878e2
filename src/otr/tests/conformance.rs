//! The list in `docs/conformance.md` is complete, and each test that it names is there and says
//! what it covers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The items that the list is made of.
const ITEMS: std::ops::RangeInclusive<u32> = 1..=88;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The tests of each row, as file and function.
fn rows() -> Vec<(u32, Vec<(String, String)>)> {
    let list = fs::read_to_string(root().join("docs/conformance.md")).unwrap();
    let rows = list.lines().filter_map(|line| line.strip_prefix("| A"));
    rows.map(|row| {
        let (item, rest) = row.split_once(" | ").unwrap();
        let tests = rest.split('`').filter_map(|part| part.split_once("::"));
        let tests = tests.filter(|(file, _)| file.ends_with(".rs"));
        let tests = tests.map(|(file, function)| (file.to_owned(), function.to_owned()));
        (item.parse().unwrap(), tests.collect())
    })
    .collect()
}

/// The test functions of a file with the items that they say to cover: in the comment above, or
/// inside.
fn tests_of(source: &str) -> BTreeMap<String, BTreeSet<u32>> {
    let lines: Vec<&str> = source.lines().collect();
    let mut tests = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix("fn ") else { continue };
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let is_above = |line: &&&str| {
            let line = line.trim_start();
            line.starts_with("//") || line.starts_with("#[")
        };
        let head = lines[..at].iter().rev().take_while(is_above).count();
        if !lines[at - head..at].iter().any(|line| line.trim() == "#[test]") {
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = lines[at..].iter().position(|line| *line == format!("{indent}}}")).unwrap();
        tests.insert(name, items_in(&lines[at - head..at + end]));
    }
    tests
}

/// What the comments name behind `otr3`, such as `A46, A48` or `A46 to A49`.
fn items_in(lines: &[&str]) -> BTreeSet<u32> {
    let mut items = BTreeSet::new();
    let comments = lines.split(|line| !line.trim_start().starts_with("//"));
    for comment in comments {
        let comment = comment.join(" ");
        let Some((_, named)) = comment.split_once("otr3 ") else { continue };
        let words: Vec<&str> =
            named.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let item = |at: usize| words.get(at)?.strip_prefix('A')?.parse::<u32>().ok();
        for at in 0..words.len() {
            let Some(first) = item(at) else { continue };
            let is_range = words.get(at + 1) == Some(&"to");
            let last = if is_range { item(at + 2) } else { None };
            items.extend(first..=last.unwrap_or(first));
        }
    }
    items
}

/// Every source file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.extension() {
            None if path.is_dir() => sources(&path),
            Some(extension) if extension == "rs" => vec![path],
            _ => Vec::new(),
        })
        .collect()
}

#[test]
fn every_item_has_one_row_and_a_test() {
    let rows = rows();
    let items: Vec<u32> = rows.iter().map(|(item, _)| *item).collect();
    assert_eq!(items, ITEMS.collect::<Vec<u32>>());
    for (item, tests) in rows {
        assert!(!tests.is_empty(), "A{item} names no test");
    }
}

#[test]
fn every_test_that_is_named_is_there_and_carries_the_item() {
    let mut wrong = Vec::new();
    for (item, tests) in rows() {
        for (file, function) in tests {
            let source = fs::read_to_string(root().join(&file)).unwrap_or_default();
            match tests_of(&source).get(&function) {
                None => wrong.push(format!("A{item}: {file} has no test {function}")),
                Some(items) if !items.contains(&item) => {
                    wrong.push(format!("A{item}: {file}::{function} does not carry otr3 A{item}"));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_test_carries_an_item_that_does_not_exist() {
    let mut count = 0;
    for path in ["src", "tests"].iter().flat_map(|folder| sources(&root().join(folder))) {
        let source = fs::read_to_string(&path).unwrap();
        for (function, items) in tests_of(&source) {
            for item in items {
                assert!(ITEMS.contains(&item), "{}::{function}: A{item}", path.display());
                count += 1;
            }
        }
    }
    assert!(count > 200, "only {count} were found");
}
