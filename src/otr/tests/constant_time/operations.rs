//! What is watched: whole conversations whose secrets come from standard input, where `poison.c`
//! marks them.

use std::convert::Infallible;
use std::fs::File;
use std::hint::black_box;
use std::io::{Read as _, Write as _, stdin};

use num_bigint::BigUint;
use otr::{Config, Conversation, Event, InstanceTag, Output, Outputs, PrivateKey, Timestamp};
use rand::rand_core::utils;
use rand::{TryCryptoRng, TryRng};

const NOW: Timestamp = Timestamp::from_millis(0);

/// One thing to watch.
#[derive(Clone, Copy, Debug)]
pub enum Operation {
    /// Two key exchanges, and texts with changing D-H keys. What the D-H keys, r, and the nonces of
    /// signatures are made of is secret, and so is all that follows from it.
    Conversation,
    /// Reading long-term keys, and a key exchange with them. x is secret, and what the nonces of
    /// signatures are made of.
    Signature,
    /// A verification that succeeds and one that fails. The exponents of SMP and what is compared
    /// are secret.
    Verification,
    /// A power whose time depends on its exponent.
    VariablePower,
    /// A comparison that ends with the first difference.
    EarlyEnd,
    /// A table that is read where the secret says.
    Table,
}

impl Operation {
    pub const ALL: [Self; 6] = [
        Self::Conversation,
        Self::Signature,
        Self::Verification,
        Self::VariablePower,
        Self::EarlyEnd,
        Self::Table,
    ];

    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// Runs it, with the secrets on standard input.
    pub fn run(self) {
        match self {
            Self::Conversation => conversation(),
            Self::Signature => signature(),
            Self::Verification => verification(),
            Self::VariablePower => {
                let [base, exponent, modulus] = [secret::<32>(), secret(), secret()];
                publish(&base);
                publish(&modulus);
                let number = |bytes: &[u8]| BigUint::from_bytes_be(bytes);
                black_box(number(&base).modpow(&number(&exponent), &number(&modulus)));
            }
            Self::EarlyEnd => {
                let (ours, theirs) = (secret::<20>(), secret::<20>());
                let is_same = |(ours, theirs): (&u8, &u8)| black_box(ours == theirs);
                black_box(ours.iter().zip(&theirs).all(is_same));
            }
            Self::Table => {
                let [index] = secret::<1>();
                let table: Vec<u8> = (0..=u8::MAX).rev().collect();
                black_box(black_box(&table)[usize::from(index)]);
            }
        }
    }
}

/// The bytes that follow on standard input.
fn secret<const BYTES: usize>() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    stdin().read_exact(&mut bytes).unwrap();
    bytes
}

/// Makes them public: they are not followed any more.
fn publish(bytes: &[u8]) {
    File::options().write(true).open("/dev/null").unwrap().write_all(bytes).unwrap();
}

/// Randomness from standard input. It is secret if it is drawn in one of these lengths.
struct Source(&'static [usize]);

impl TryRng for Source {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        stdin().read_exact(bytes).unwrap();
        if !self.0.contains(&bytes.len()) {
            publish(bytes);
        }
        Ok(())
    }
}

impl TryCryptoRng for Source {}

/// x of the key in the vectors: standard input begins with it.
pub const X: &str = "7c3898707b0e63971751089d115832e7f91caa12";

/// The key of the vectors and the next one of its group, whose x is 1 more.
fn long_term_keys(x: [u8; 20]) -> [PrivateKey; 2] {
    let vectors = include_str!("../vectors/dsa_libotr.txt");
    let [p, q, g, y] = ["p=", "q=", "g=", "y="].map(|name| {
        let digits = vectors.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        BigUint::parse_bytes(digits.as_bytes(), 16).unwrap()
    });
    let mut next_x = x;
    next_x[19] = next_x[19].wrapping_add(1);
    let next_y = &y * &g % &p;
    [(y, x), (next_y, next_x)].map(|(y, x)| {
        let mut bytes = vec![0, 0];
        for number in [&p, &q, &g, &y].map(BigUint::to_bytes_be).iter().map(Vec::as_slice) {
            bytes.extend(u32::try_from(number.len()).unwrap().to_be_bytes());
            bytes.extend(number);
        }
        bytes.extend([0, 0, 0, 20]);
        bytes.extend(x);
        PrivateKey::from_bytes(&bytes).unwrap()
    })
}

/// Two sides and the wire between them, which everybody may read.
struct Two {
    sides: [Conversation; 2],
    events: [Vec<Event>; 2],
}

impl Two {
    fn new(x: [u8; 20], secret_draws: &'static [usize]) -> Self {
        let mut tags = [0x100, 0x200].into_iter();
        let sides = long_term_keys(x).map(|key| {
            let instance = InstanceTag::new(tags.next().unwrap()).unwrap();
            Conversation::new(Config::new(key, instance, Source(secret_draws)))
        });
        Self { sides, events: [const { Vec::new() }; 2] }
    }

    /// Lets one side act, and carries what follows to and fro until both are silent.
    fn act(&mut self, from: usize, action: impl FnOnce(&mut Conversation) -> Outputs) {
        let outputs = action(&mut self.sides[from]);
        self.carry(from, outputs);
    }

    fn carry(&mut self, from: usize, outputs: Outputs) {
        for output in outputs {
            match output {
                Output::Event(event) => self.events[from].push(event),
                Output::Send { wire, .. } => {
                    publish(wire.as_str().as_bytes());
                    let outputs = self.sides[1 - from].receive(wire.as_str(), NOW);
                    self.carry(1 - from, outputs);
                }
            }
        }
    }

    fn count(&self, side: usize, is_it: impl Fn(&Event) -> bool) -> usize {
        self.events[side].iter().filter(|event| is_it(event)).count()
    }
}

fn signature() {
    let mut two = Two::new(secret(), &[32]);
    two.act(0, |alice| alice.start(NOW));
    assert_eq!(two.count(0, |event| matches!(event, Event::SessionStarted { .. })), 1);
}

fn conversation() {
    let x = secret();
    publish(&x);
    let mut two = Two::new(x, &[16, 32, 40]);
    for round in 1..=2 {
        two.act(0, |alice| alice.start(NOW));
        for side in [0, 1, 0, 1, 1, 0] {
            two.act(side, |conversation| {
                conversation.send("A text.", otr::Audience::Everybody, NOW).unwrap()
            });
        }
        for side in [0, 1] {
            assert_eq!(two.count(side, |event| matches!(event, Event::Text { .. })), 3 * round);
        }
    }
    assert_eq!(two.count(0, |event| matches!(event, Event::SessionStarted { .. })), 1);
    assert_eq!(two.count(0, |event| matches!(event, Event::SessionRefreshed { .. })), 1);
}

fn verification() {
    let x = secret();
    publish(&x);
    let mut two = Two::new(x, &[192]);
    two.act(0, |alice| alice.start(NOW));
    let right = secret::<12>();
    let mut wrong = right;
    wrong[5] ^= 1;
    let bob = two.sides[1].own_fingerprint();
    for answer in [right, wrong] {
        two.act(0, |alice| alice.verify(bob, &right[..].into(), Some("What?"), NOW).unwrap());
        let request = two.events[1].iter().rev().find_map(|event| match event {
            Event::SmpRequested { request, .. } => Some(*request),
            _ => None,
        });
        two.act(1, |bob| bob.answer(request.unwrap(), &answer[..].into(), NOW).unwrap());
    }
    for side in [0, 1] {
        assert_eq!(two.count(side, |event| matches!(event, Event::SmpSucceeded { .. })), 1);
        assert_eq!(two.count(side, |event| matches!(event, Event::SmpFailed { .. })), 1);
    }
}
