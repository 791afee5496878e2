//! Who may import whom, and what every file owes its readers.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a tree that cannot be read fails its test"
)]

mod shape;
mod tree;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use shape::{Place, SHAPE, Shape, crate_of};
use tree::{rooms, root, tracked};

/// The rooms, and whose doors each may open. Everybody else's are closed, in tests too.
const ARROWS: [(&str, &[&str]); 8] = [
    ("sotto-otr", &[]),
    ("sotto-test-kit", &[]),
    ("sotto-xmpp", &["sotto-test-kit"]),
    ("sotto-vault", &[]),
    ("sotto-chat", &["sotto-otr"]),
    ("sotto-engine", &["sotto-otr", "sotto-chat", "sotto-xmpp", "sotto-vault"]),
    ("sotto", &["sotto-engine", "sotto-vault"]),
    (
        "stories",
        &[
            "sotto-otr",
            "sotto-chat",
            "sotto-test-kit",
            "sotto-xmpp",
            "sotto-vault",
            "sotto-engine",
            "sotto",
        ],
    ),
];

/// Crates that belong to one room: what their names begin with, and that room.
const BELONGS: [(&str, &str); 6] = [
    ("iced", "sotto"),
    ("tokio-xmpp", "sotto-xmpp"),
    ("xmpp-parsers", "sotto-xmpp"),
    ("minidom", "sotto-xmpp"),
    ("rusqlite", "sotto-vault"),
    ("keyring", "sotto-vault"),
];

/// What the protocol and the conversation may not name, because they are to touch no network, no
/// clock and no log.
const NOT_SANS_IO: [&str; 8] =
    ["tokio", "futures", "async-std", "smol", "log", "tracing", "rand", "chrono"];

/// All that the conversation between two people is made of.
const OF_CHAT: [&str; 4] = ["sotto-otr", "zeroize", "rand_core", "thiserror"];

/// What is larger than usual, and how large: rule, file, name and size.
const EXCEPTIONS: &str = include_str!("exceptions.txt");

/// A file is read in one sitting.
const LINES_MAX: usize = 500;

#[test]
fn each_room_imports_only_whom_it_may() {
    let rooms = rooms();
    assert_eq!(
        rooms.keys().map(String::as_str).collect::<Vec<_>>(),
        sorted(ARROWS.map(|(room, _)| room)),
        "a room without a rule, or a rule without a room"
    );
    for (room, allowed) in ARROWS {
        for dependency in &rooms[room] {
            assert!(
                !rooms.contains_key(&dependency.name) || allowed.contains(&&*dependency.name),
                "{room} must not depend on {}, not even as a {} dependency",
                dependency.name,
                dependency.kind
            );
        }
    }
}

/// Whoever uses a test's fixtures uses them in tests.
#[test]
fn no_program_carries_the_fixtures_of_its_tests() {
    for (room, dependencies) in rooms() {
        let kit = dependencies.iter().filter(|it| it.name == "sotto-test-kit");
        for dependency in kit.filter(|it| it.kind != "dev") {
            assert_eq!(room, "stories", "{room} has it as a {} dependency", dependency.kind);
        }
    }
}

#[test]
fn what_belongs_to_one_room_is_named_by_no_other() {
    for (room, dependencies) in rooms() {
        for dependency in dependencies {
            for (prefix, owner) in BELONGS {
                assert!(
                    !dependency.name.starts_with(prefix) || room == owner,
                    "{room} must not depend on {}: it belongs to {owner}",
                    dependency.name
                );
            }
        }
    }
}

#[test]
fn the_protocol_touches_no_network_no_clock_and_no_log() {
    let library = fs::read_to_string(root().join("src/otr/src/lib.rs")).unwrap();
    assert!(
        library.lines().any(|line| line.starts_with("#![") && line.contains("no_std")),
        "otr must be no_std"
    );
    for dependency in &rooms()["sotto-otr"] {
        assert!(
            dependency.kind == "dev" || !NOT_SANS_IO.contains(&&*dependency.name),
            "otr must not depend on {}",
            dependency.name
        );
    }
}

/// Time and randomness are told to it, and what it wants done is done by others.
#[test]
fn the_conversation_touches_no_network_no_clock_and_no_log() {
    for dependency in &rooms()["sotto-chat"] {
        assert!(
            dependency.kind == "dev" || OF_CHAT.contains(&&*dependency.name),
            "chat must not depend on {}",
            dependency.name
        );
    }
    for file in tracked().filter(|file| file.starts_with("src/chat/src")) {
        let source = fs::read_to_string(root().join(&file)).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for clock in ["Instant", "SystemTime::now", "thread", "std::fs", "std::net"] {
            assert!(!code.contains(clock), "{} names {clock}", file.display());
        }
    }
}

/// What a link in a message leads to is never fetched: there is nothing to fetch it with.
#[test]
fn no_client_for_the_web_is_built_in() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for client in ["attohttpc", "curl", "hyper", "isahc", "minreq", "reqwest", "surf", "ureq"] {
        assert!(!lock.contains(&format!("\nname = \"{client}\"\n")), "{client}");
    }
}

/// TLS is rustls; OpenSSL is there for the database alone.
#[test]
fn only_the_database_uses_openssl() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let bindings = ["openssl", "openssl-sys", "native-tls"].map(|name| format!("\n \"{name}\","));
    let uses = |package: &&str| bindings.iter().any(|name| package.contains(name));
    let users: Vec<_> = lock
        .split("[[package]]")
        .filter(uses)
        .filter_map(|package| package.split('"').nth(1))
        .collect();
    assert_eq!(users, ["libsqlite3-sys"]);
}

/// Whatever a person reads can be translated.
#[test]
fn what_a_person_reads_stands_in_no_room_of_code() {
    // The head of a file, up to its tests, without what is written for programmers.
    let is_for_programmers = |line: &str| {
        let line = line.trim_start();
        ["//", "#[", "#![", "reason =", "tracing::", "debug_assert", "let help"]
            .iter()
            .any(|start| line.starts_with(start))
            || [".expect(", "panic!(", "tracing::", "f.debug_", "<rect", "<clipPath"]
                .iter()
                .any(|part| line.contains(part))
    };
    let is_word = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_ascii_alphabetic());
    let mut found = Vec::new();
    for path in tracked().filter(|path| {
        path.starts_with("src/app/src/screen") || path.starts_with("src/app/src/app")
    }) {
        if path.to_string_lossy().contains("tests") || path.extension().is_none_or(|it| it != "rs")
        {
            continue;
        }
        let source = fs::read_to_string(root().join(&path)).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().filter(|line| !is_for_programmers(line)) {
            let literals = line.split('"').skip(1).step_by(2);
            let sentences = literals
                .filter(|literal| literal.split(' ').filter(|word| is_word(word)).count() > 1);
            found.extend(sentences.map(|words| format!("{}: {words}", path.display())));
        }
    }
    assert_eq!(found, [""; 0]);
}

#[test]
fn files_stay_readable_in_one_sitting() {
    for file in tracked().filter(|file| file.extension().is_some_and(|it| it == "rs")) {
        let lines = fs::read_to_string(root().join(&file)).unwrap().lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines", file.display());
    }
}

/// What does more than one thing is hard to read, however short its files are.
#[test]
fn types_and_functions_stay_small_but_for_a_list_that_only_shrinks() {
    let mut listed: BTreeMap<Place, usize> = BTreeMap::new();
    for line in EXCEPTIONS.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        let [rule, file, name, size] = words[..] else { panic!("no exception: {line}") };
        let place = (rule.to_owned(), file.to_owned(), name.to_owned());
        assert_eq!(listed.insert(place, size.parse().unwrap()), None, "twice: {line}");
    }
    let mut wrong = Vec::new();
    for (place, size) in &SHAPE.large {
        let (rule, file, name) = place;
        match listed.remove(place) {
            None => wrong.push(format!("{rule} {file} {name} {size}: too many")),
            Some(before) if *size > before => {
                wrong.push(format!("{rule} {file} {name} {size}: more than the {before} listed"));
            }
            Some(_) => {}
        }
    }
    for ((rule, file, name), size) in listed {
        wrong.push(format!("{rule} {file} {name} {size}: needed no more, to be struck out"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_too_large_is_seen_wherever_it_is() {
    let fields: String = (0..13).map(|number| format!("f{number}: u8, ")).collect();
    let wide = format!("struct Wide {{ {fields} }} impl Wide {{ fn of_its_own() {{}} }}");
    let further = "impl super::Wide { fn more() {} }";
    let long = format!("trait T {{ fn long() {{ {} }} }}", "\n".repeat(80));
    let sources = [
        ("src/app/src/a.rs", wide.as_str()),
        ("src/app/src/a/b.rs", further),
        ("src/app/src/a/c.rs", further),
        ("src/app/src/a/d.rs", further),
        // Another type of this name, and one that is small enough.
        ("src/app/src/e.rs", "struct Wide; impl Wide { fn new() {} }"),
        ("src/app/src/e/f.rs", "impl super::Wide { fn more() {} } struct Once(bool, u8, bool);"),
        ("src/app/src/g.rs", "fn around() { struct Unsure { a: bool, b: bool, c: u8 } }"),
        ("src/app/src/h.rs", &long),
    ];
    let shape = Shape::of(sources.map(|(file, text)| (file.into(), text.to_owned())).into_iter());
    let large: Vec<String> = shape
        .large
        .iter()
        .map(|((rule, file, name), size)| format!("{rule} {file} {name} {size}"))
        .collect();
    let expected = [
        "bools src/app/src/g.rs around::Unsure 2",
        "fields src/app/src/a.rs Wide 13",
        "files src/app/src/a.rs Wide 3",
        "lines src/app/src/h.rs T::long 81",
    ];
    assert_eq!(large, expected);
}

/// What one crate needs of another, it says to cargo.
#[test]
fn no_crate_takes_a_file_of_another() {
    let foreign = |shape: &Shape| -> Vec<_> {
        let leads_out = |(file, taken): &&(PathBuf, PathBuf)| crate_of(file) != crate_of(taken);
        shape.taken.iter().filter(leads_out).cloned().collect()
    };
    assert_eq!(foreign(&SHAPE), []);
    // It would be seen.
    let source = |text: &str| Shape::of([("tests/leak.rs".into(), text.to_owned())].into_iter());
    let own = source("#[path = \"support/wire.rs\"] mod a;");
    assert_eq!((own.taken.len(), foreign(&own).len()), (1, 0));
    for text in [
        "#[path = \"../src/xmpp/tests/support/mod.rs\"] mod a;",
        "mod a { #[path = \"./kit/src/proxy.rs\"] mod b; }",
        "fn a() { include!(\"../src/otr/src/lib.rs\") }",
    ] {
        assert_eq!(foreign(&source(text)).len(), 1, "{text}");
    }
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    // Put together here, or this file would be the first to break the rule.
    let paths = ["work", "root", "home"].map(|directory| format!("/{directory}/"));
    for file in tracked() {
        // Pictures and fonts are no text.
        let Ok(text) = fs::read_to_string(root().join(&file)) else { continue };
        for (number, line) in text.lines().enumerate() {
            for path in &paths {
                assert!(
                    !starts_a_path(line, path),
                    "{}:{} names {path}: {line}",
                    file.display(),
                    number + 1
                );
            }
        }
    }
}

/// Whether a line has this path where a path begins, rather than inside of another or of an
/// address.
fn starts_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "._-~}$)".contains(before))
    })
}

fn sorted<const COUNT: usize>(mut names: [&str; COUNT]) -> Vec<&str> {
    names.sort_unstable();
    names.to_vec()
}
