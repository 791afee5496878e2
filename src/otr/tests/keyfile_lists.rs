//! Lists of fingerprints and instance tags as other clients write them.
#![expect(clippy::unwrap_used, reason = "test code")]

use otr::keyfile::{
    Account, AccountTag, Contents, FILE_BYTES_MAX, Fault, KnownFingerprint, LINE_BYTES_MAX,
    LineError, Trust, WriteError, read_fingerprints, read_instance_tags, write_fingerprints,
    write_instance_tags,
};
use otr::{Fingerprint, InstanceTag};
use proptest::prelude::*;

const HEX: &str = "0123456789abcdef0123456789abcdef01234567";

/// A fingerprint in the words of a client.
fn known(contact: &str, trust: &str) -> KnownFingerprint {
    KnownFingerprint {
        contact: contact.into(),
        account: Account { name: "alice@test".into(), protocol: "xmpp".into() },
        fingerprint: HEX.parse().unwrap(),
        trust: Trust::from(trust),
    }
}

#[track_caller]
fn read_sound(file: &[u8]) -> Vec<KnownFingerprint> {
    let Contents { entries, skipped } = read_fingerprints(file).unwrap();
    assert_eq!(skipped, []);
    entries
}

// otr3 C
#[test]
fn fingerprints_keep_their_words_of_trust() {
    let words = ["", "verified", "smp", "manual", "trusted", "my word", "a\tb"];
    let expected = words.map(|word| known("bob@test", word));
    let line = |word| format!("bob@test\talice@test\txmpp\t{HEX}\t{word}\n");
    let file = words.map(line).concat();
    assert_eq!(read_sound(file.as_bytes()), expected);
    assert_eq!(write_fingerprints(&expected).unwrap(), file);
}

#[test]
fn a_name_that_begins_like_the_mark_of_an_editor_keeps_it() {
    let expected = ["\u{feff}bob@test", "\u{feff}"].map(|name| known(name, "verified"));
    let file = write_fingerprints(&expected).unwrap();
    assert_eq!(read_sound(file.as_bytes()), expected);
}

// otr3 C
#[test]
fn a_missing_word_of_trust_is_none() {
    let line = format!("bob@test\talice@test\txmpp\t{HEX}\n");
    assert_eq!(read_sound(line.as_bytes()), [known("bob@test", "")]);
    // As Gajim wants it: five fields in any case.
    assert_eq!(
        write_fingerprints(&[known("bob@test", "")]).unwrap(),
        line.replace('\n', "\t\n"),
        "the fifth field is there, and empty"
    );
}

// otr3 C
#[test]
fn carriage_returns_and_upper_case_and_a_missing_last_line_feed_do_not_matter() {
    for end in ["\r\n", "\n", "", "\r"] {
        let line = format!("bob@test\talice@test\txmpp\t{}", HEX.to_uppercase());
        assert_eq!(read_sound(format!("{line}{end}").as_bytes()), [known("bob@test", "")]);
        let line = format!("{line}\tsmp{end}");
        assert_eq!(read_sound(line.as_bytes()), [known("bob@test", "smp")]);
    }
}

// otr3 C
#[test]
fn bad_lines_are_reported_and_passed_over() {
    let good = format!("bob@test\talice@test\txmpp\t{HEX}\tsmp\n");
    for (bad, reason) in [
        (b"no tabs".to_vec(), LineError::FieldMissing),
        (b"bob@test\talice@test\txmpp".to_vec(), LineError::FieldMissing),
        (format!("\ta\tp\t{HEX}").into(), LineError::Empty),
        (format!("b\t\tp\t{HEX}").into(), LineError::Empty),
        (format!("b\ta\t\t{HEX}").into(), LineError::Empty),
        (b"b\ta\tp\t".to_vec(), LineError::Fingerprint),
        (format!("b\ta\tp\t{}", &HEX[1..]).into(), LineError::Fingerprint),
        (format!("b\ta\tp\t{HEX}0").into(), LineError::Fingerprint),
        (format!("b\ta\tp\t{} 0", &HEX[1..]).into(), LineError::Fingerprint),
        (format!("b\ta\tp\tg{}", &HEX[1..]).into(), LineError::Fingerprint),
        (format!("b\0\ta\tp\t{HEX}").into(), LineError::Control),
        ([b"\xff\ta\tp\t", HEX.as_bytes()].concat(), LineError::NotText),
    ] {
        let file = [good.as_bytes(), &bad, b"\n\n \r\n", good.as_bytes()].concat();
        let Contents { entries, skipped } = read_fingerprints(&file).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(skipped, [Fault { line: 2, reason }], "{}", bad.escape_ascii());
    }
}

// otr3 C
#[test]
fn a_line_is_as_long_as_the_limit_and_no_longer() {
    let overhead = format!("\talice@test\txmpp\t{HEX}\t\n").len();
    let longest = known(&"b".repeat(LINE_BYTES_MAX - overhead), "");
    let file = write_fingerprints(std::slice::from_ref(&longest)).unwrap();
    assert_eq!(file.len(), LINE_BYTES_MAX);
    assert_eq!(read_sound(file.as_bytes()), [longest]);

    let Contents { entries, skipped } = read_fingerprints(format!("b{file}").as_bytes()).unwrap();
    assert_eq!(entries, []);
    assert_eq!(skipped, [Fault { line: 1, reason: LineError::TooLong }]);
    let too_long = known(&"b".repeat(LINE_BYTES_MAX - overhead + 1), "");
    let fault = write_fingerprints(&[known("bob@test", ""), too_long]).unwrap_err();
    assert_eq!((fault.index, fault.reason), (1, WriteError::TooLong));
}

#[test]
fn lists_are_as_long_as_the_limit_and_no_longer() {
    let mut file = vec![b'\n'; FILE_BYTES_MAX];
    assert_eq!(read_sound(&file), []);
    assert!(read_instance_tags(&file).unwrap().entries.is_empty());
    file.push(b'\n');
    let fault = Fault { line: 1, reason: LineError::FileTooLong };
    assert_eq!(read_fingerprints(&file), Err(fault));
    assert_eq!(read_instance_tags(&file), Err(fault));

    let many = vec![known(&"b".repeat(900), ""); FILE_BYTES_MAX / 900];
    let fault = write_fingerprints(&many).unwrap_err();
    assert_eq!(fault.reason, WriteError::TooLong);
    let file = write_fingerprints(&many[..fault.index]).unwrap();
    assert_eq!(read_sound(file.as_bytes()).len(), fault.index);
}

// otr3 C
#[test]
fn instance_tags_are_read_without_their_comment() {
    let file = "# WARNING! Do not copy.\r\nalice@test\tprpl-jabber\t0badcafe\nb\tx\tFFFFFFFF\r\n";
    let Contents { entries, skipped } = read_instance_tags(file.as_bytes()).unwrap();
    assert_eq!(skipped, []);
    assert_eq!(entries[0].account.name, "alice@test");
    assert_eq!(entries[0].account.protocol, "prpl-jabber");
    let tags: Vec<_> = entries.iter().map(|entry| entry.tag.get()).collect();
    assert_eq!(tags, [0x0bad_cafe, 0xffff_ffff]);
}

// otr3 C, A77
#[test]
fn bad_instance_tags_are_reported_and_passed_over() {
    for bad in ["000000ff", "0badcafe0", "badcafe", "+badcafe", "0x00cafe", "", "badcafe\u{e9}"] {
        let file = format!("a\tp\t{bad}\nalice@test\txmpp\t00000100\n");
        let Contents { entries, skipped } = read_instance_tags(file.as_bytes()).unwrap();
        assert_eq!(skipped, [Fault { line: 1, reason: LineError::InstanceTag }], "{bad}");
        assert_eq!(entries.len(), 1);
    }
    let contents = read_instance_tags(b"a\t12345678").unwrap();
    assert_eq!(contents.skipped, [Fault { line: 1, reason: LineError::FieldMissing }]);
}

/// Any name that a line can hold.
fn name() -> impl Strategy<Value = String> {
    "[^\\x00-\\x1f\\x7f]{1,60}"
}

fn account() -> impl Strategy<Value = Account> {
    (name(), name()).prop_map(|(name, protocol)| Account { name, protocol })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fingerprints_are_read_as_they_were_written(
        entries in proptest::collection::vec(
            (name(), account(), any::<[u8; 20]>(), "[^\\x00-\\x08\\x0a-\\x1f\\x7f]{0,30}"), 0..9
        )
    ) {
        let entries: Vec<_> = entries
            .into_iter()
            .map(|(contact, account, bytes, trust)| KnownFingerprint {
                contact,
                account,
                fingerprint: Fingerprint::V3(bytes),
                trust: Trust::from(trust.as_str()),
            })
            .collect();
        let file = write_fingerprints(&entries).unwrap();
        prop_assert_eq!(read_sound(file.as_bytes()), entries);
    }

    #[test]
    fn instance_tags_are_read_as_they_were_written(
        entries in proptest::collection::vec((account(), 0x100..=u32::MAX), 0..9)
    ) {
        let tags: Vec<_> = entries
            .into_iter()
            .map(|(account, tag)| AccountTag { account, tag: InstanceTag::new(tag).unwrap() })
            .collect();
        let file = write_instance_tags(&tags).unwrap();
        let contents = read_instance_tags(file.as_bytes()).unwrap();
        prop_assert_eq!(contents.skipped, []);
        prop_assert_eq!(contents.entries, tags);
    }

    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>) {
        let lines = bytes.split(|byte| *byte == b'\n').count();
        let fingerprints = read_fingerprints(&bytes).unwrap();
        prop_assert!(fingerprints.entries.len() + fingerprints.skipped.len() <= lines);
        let tags = read_instance_tags(&bytes).unwrap();
        prop_assert!(tags.entries.len() + tags.skipped.len() <= lines);
    }

    #[test]
    fn any_heap_of_fields_is_survived(text in "[a\t\r\n#0]{0,200}") {
        for Fault { line, .. } in read_fingerprints(text.as_bytes()).unwrap().skipped {
            prop_assert!(line <= text.lines().count());
        }
    }
}
