//! Records beside the text: the extra symmetric key, and those of other programs.

use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

// otr3 A45, A60
#[test]
fn libotr_has_the_same_extra_key() {
    for kind in Kind::libotrs() {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        for round in 0..3_u8 {
            let key = hex(ours.use_key(5, &[1, 2, round]).as_bytes());
            carry(&mut ours, &mut theirs);
            let line = format!("EVENT SYMKEY use=5 data=01020{round} key={key}");
            assert!(theirs.has(&line), "{:?}", theirs.told);

            let expected = theirs.ask("EXTRAKEY 9 0a0b", "EXTRAKEY ");
            carry(&mut ours, &mut theirs);
            let Some(Event::ExtraKeyReceived { key, purpose: 9, data, .. }) = ours.events.last()
            else {
                panic!("{:?}", ours.events);
            };
            assert_eq!(hex(key.as_bytes()), expected);
            assert_eq!(data, &[0x0a, 0x0b]);
        }
    }
}

// otr3 A50, A57
#[test]
fn libotr_gets_our_records_and_we_get_theirs() {
    for kind in Kind::libotrs() {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        ours.send_record("text", 0x99, b"v");
        theirs.command("SENDTLV 153 77\ttext");
        carry(&mut ours, &mut theirs);
        assert!(theirs.has("TLV 153 76"), "{:?}", theirs.told);
        assert_eq!(theirs.texts(), ["text"]);
        assert!(ours.has(|event| matches!(
            event, Event::RecordReceived { number: 153, value, .. } if value == b"w"
        )));
        assert_eq!(ours.private_texts(), ["text"]);
    }
}
