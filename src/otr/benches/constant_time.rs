//! Whether time tells a secret. Each operation is timed many times, at random with one fixed secret
//! or with a new one, and Welch's t-test says whether the two kinds differ (the method of "dudect",
//! Reparaz, Balasch and Verbauwhede, 2017). Below 4.5, |t| says nothing was found in so many
//! samples; above 10, that time depends on the secret. The last operation does so on purpose.
//!
//! `cargo bench -p sotto-otr --bench constant_time -- [SECONDS FOR EACH]`
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench, like a test, ends where something is wrong"
)]

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;
use otr::{Config, Conversation, Event, InstanceTag, Output, Outputs, PrivateKey, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _, TryCryptoRng, TryRng};

const NOW: Timestamp = Timestamp::from_millis(0);
const SECONDS_DEFAULT: u64 = 20;
/// How many long-term keys stand for random ones.
const KEYS: usize = 32;

fn main() {
    let seconds = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(SECONDS_DEFAULT);
    let keys = long_term_keys();
    for (name, measure) in operations(&keys) {
        let (t, samples) = watch(Duration::from_secs(seconds), measure);
        let verdict = match t {
            ..4.5 => "nothing found",
            4.5..10.0 => "to be looked at",
            _ => "depends on the secret",
        };
        println!("{name:44} |t| {t:8.2} in {samples:8} samples: {verdict}");
    }
}

/// Which secret a sample has.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Fixed,
    Random,
}

type Measure<'a> = Box<dyn FnMut(Class) -> Duration + 'a>;

fn operations(keys: &[PrivateKey]) -> Vec<(&'static str, Measure<'_>)> {
    vec![
        ("D-H key, made", Box::new(dh_key(keys))),
        ("D-H shared secret, and what it signs", Box::new(shared_secret(keys))),
        ("DSA signature", Box::new(signature(keys))),
        ("MAC of a message, compared", Box::new(mac(keys))),
        ("SMP, asked", Box::new(smp_asked(keys))),
        ("SMP, answered", Box::new(smp_answered(keys))),
        ("control: a power of num-bigint", Box::new(control)),
    ]
}

/// The greatest |t| of all samples and of those below some bounds, and how many samples.
fn watch(time: Duration, mut measure: Measure<'_>) -> (f64, usize) {
    let mut samples: Vec<(Class, f64)> = Vec::new();
    let end = Instant::now() + time;
    while Instant::now() < end {
        let class = if rand::rng().next_u32() & 1 == 0 { Class::Fixed } else { Class::Random };
        samples.push((class, measure(class).as_nanos() as f64));
    }
    // What came first met cold caches.
    samples.drain(..samples.len() / 20);
    let mut sorted: Vec<f64> = samples.iter().map(|(_, nanos)| *nanos).collect();
    sorted.sort_by(f64::total_cmp);
    // Interruptions make long samples: leaving out some shows what they hide.
    let bounds = (1..=100).map(|step| {
        let kept = 1.0 - 0.5_f64.powf(f64::from(step) / 10.0);
        sorted[((sorted.len() - 1) as f64 * kept) as usize]
    });
    let t = bounds.chain([f64::INFINITY]).map(|bound| welch(&samples, bound)).fold(0.0, f64::max);
    (t, samples.len())
}

/// |t| of the samples up to a bound.
fn welch(samples: &[(Class, f64)], bound: f64) -> f64 {
    let statistics = |class: Class| {
        let times = || samples.iter().filter(|(c, t)| *c == class && *t <= bound).map(|(_, t)| t);
        let count = times().count() as f64;
        let mean = times().sum::<f64>() / count;
        let squares: f64 = times().map(|time| (time - mean).powi(2)).sum();
        (count, mean, squares / (count - 1.0) / count)
    };
    let (fixed, random) = (statistics(Class::Fixed), statistics(Class::Random));
    if fixed.0 < 50.0 || random.0 < 50.0 {
        return 0.0;
    }
    let t = (fixed.1 - random.1).abs() / (fixed.2 + random.2).sqrt();
    if t.is_finite() { t } else { 0.0 }
}

/// Randomness whose draws of one length are random, or one number with hardly a bit set, which is
/// yet great enough for what is made of it to be as long as usual.
struct Draws {
    random: StdRng,
    is_fixed: Arc<AtomicBool>,
}

/// A private D-H key.
const DH_BYTES: usize = 40;
/// An exponent of SMP.
const SMP_BYTES: usize = 192;

impl TryRng for Draws {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.random.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.random.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.random.fill_bytes(bytes);
        if self.is_fixed.load(Ordering::Relaxed) && [DH_BYTES, SMP_BYTES].contains(&bytes.len()) {
            bytes.fill(0);
            bytes[1] = 1;
        }
        Ok(())
    }
}

impl TryCryptoRng for Draws {}

/// One of the two who talk.
struct Side {
    conversation: Conversation,
    /// Whether its randomness is the fixed one.
    is_fixed: Arc<AtomicBool>,
}

impl Side {
    fn new(key: &PrivateKey, tag: u32) -> Self {
        let is_fixed = Arc::default();
        let random = StdRng::from_rng(&mut rand::rng());
        let instance = InstanceTag::new(tag).unwrap();
        let draws = Draws { random, is_fixed: Arc::clone(&is_fixed) };
        let conversation = Conversation::new(Config::new(key.clone(), instance, draws));
        Self { conversation, is_fixed }
    }

    /// Its secrets are of this class from now on.
    fn draw(&self, class: Class) {
        self.is_fixed.store(class == Class::Fixed, Ordering::Relaxed);
    }

    fn receive(&mut self, wire: &str) -> Outputs {
        self.conversation.receive(wire, NOW)
    }
}

/// What is to be sent.
fn wires(outputs: Outputs) -> Vec<String> {
    let sent = |output| match output {
        Output::Send { wire, .. } => Some(wire.into_string()),
        Output::Event(_) => None,
    };
    outputs.into_iter().filter_map(sent).collect()
}

/// Carries messages to and fro until both are silent.
fn carry(outputs: Outputs, to: &mut Side, from: &mut Side) {
    for wire in wires(outputs) {
        carry(to.receive(&wire), from, to);
    }
}

/// Two in a private conversation.
fn private_pair([alice, bob]: [&PrivateKey; 2]) -> (Side, Side) {
    let (mut alice, mut bob) = (Side::new(alice, 0x100), Side::new(bob, 0x200));
    carry(alice.conversation.start(NOW), &mut bob, &mut alice);
    (alice, bob)
}

fn timed<T>(operation: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    black_box(operation());
    began.elapsed()
}

fn dh_key(keys: &[PrivateKey]) -> impl FnMut(Class) -> Duration {
    let query = wires(Side::new(&keys[0], 0x100).conversation.start(NOW)).remove(0);
    move |class| {
        let mut bob = Side::new(&keys[1], 0x200);
        bob.draw(class);
        timed(|| bob.receive(&query))
    }
}

/// The answer to a D-H Key: it makes the shared secret, and signs.
fn answer(keys: &[PrivateKey]) -> impl FnMut(&PrivateKey, Class) -> Duration {
    let mut alice = Side::new(&keys[0], 0x100);
    let query = wires(alice.conversation.start(NOW)).remove(0);
    let commit = wires(Side::new(&keys[1], 0x200).receive(&query)).remove(0);
    let dh_key = wires(alice.receive(&commit)).remove(0);
    move |key, class| {
        let mut bob = Side::new(key, 0x200);
        bob.draw(class);
        drop(bob.receive(&query));
        timed(|| assert_eq!(wires(bob.receive(&dh_key)).len(), 1))
    }
}

fn shared_secret(keys: &[PrivateKey]) -> impl FnMut(Class) -> Duration {
    let mut answer = answer(keys);
    move |class| answer(&keys[1], class)
}

fn signature(keys: &[PrivateKey]) -> impl FnMut(Class) -> Duration {
    let mut answer = answer(keys);
    move |class| {
        let random = 1 + rand::rng().next_u32() as usize % (keys.len() - 1);
        let key = &keys[if class == Class::Fixed { 1 } else { random }];
        // A copy, or the fixed key would be in the caches of the processor more often.
        answer(&PrivateKey::from_bytes(&key.to_bytes()).unwrap(), Class::Random)
    }
}

/// A message whose MAC is wrong from the first byte, or from one byte somewhere.
fn mac(keys: &[PrivateKey]) -> impl FnMut(Class) -> Duration {
    let (mut alice, mut bob) = private_pair([&keys[0], &keys[1]]);
    let wire =
        wires(alice.conversation.send("A text.", otr::Audience::Everybody, NOW).unwrap()).remove(0);
    let body = wire.strip_prefix("?OTR:").unwrap().strip_suffix('.').unwrap();
    let bytes = STANDARD.decode(body).unwrap();
    move |class| {
        let random = rand::rng().next_u32() as usize % 20;
        let mut forged = bytes.clone();
        // Behind the MAC is the length, 0, of what is revealed.
        let mac = forged.len() - 24;
        forged[mac + if class == Class::Fixed { 0 } else { random }] ^= 1;
        let wire = format!("?OTR:{}.", STANDARD.encode(forged));
        timed(|| bob.receive(&wire))
    }
}

fn smp_asked(keys: &[PrivateKey]) -> impl FnMut(Class) -> Duration {
    let (mut alice, _) = private_pair([&keys[0], &keys[1]]);
    let whom = keys[1].fingerprint();
    move |class| {
        alice.draw(class);
        timed(|| alice.conversation.verify(whom, &"sesame".into(), None, NOW).unwrap())
    }
}

fn smp_answered(keys: &[PrivateKey]) -> impl FnMut(Class) -> Duration {
    let (mut alice, mut bob) = private_pair([&keys[0], &keys[1]]);
    let whom = keys[1].fingerprint();
    move |class| {
        let asked = wires(alice.conversation.verify(whom, &"sesame".into(), None, NOW).unwrap());
        let outputs = asked.iter().flat_map(|wire| bob.receive(wire)).last();
        let Some(Output::Event(Event::SmpRequested { request, .. })) = outputs else {
            panic!("not asked");
        };
        bob.draw(class);
        let took = timed(|| bob.conversation.answer(request, &"sesame".into(), NOW).unwrap());
        bob.draw(Class::Random);
        took
    }
}

/// It skips the zeroes before its exponent.
fn control(class: Class) -> Duration {
    let mut exponent = [0; DH_BYTES];
    exponent[DH_BYTES / 2] = 1;
    if class == Class::Random {
        rand::rng().fill_bytes(&mut exponent);
    }
    let modulus = (BigUint::from(1_u8) << 1536) - 1_u8;
    let exponent = BigUint::from_bytes_be(&exponent);
    timed(|| BigUint::from(3_u8).modpow(&exponent, &modulus))
}

/// Keys of one group, the one of the vectors, so that they differ in what is secret only.
fn long_term_keys() -> Vec<PrivateKey> {
    let vectors = include_str!("../tests/vectors/dsa_libotr.txt");
    let [p, q, g] = ["p=", "q=", "g="].map(|name| {
        let digits = vectors.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        BigUint::parse_bytes(digits.as_bytes(), 16).unwrap()
    });
    let key = |_| {
        let mut x = [0; 20];
        rand::rng().fill_bytes(&mut x);
        let x = BigUint::from_bytes_be(&x) % &q;
        let mut bytes = vec![0, 0];
        for number in [&p, &q, &g, &g.modpow(&x, &p), &x].map(BigUint::to_bytes_be) {
            bytes.extend(u32::try_from(number.len()).unwrap().to_be_bytes());
            bytes.extend(number);
        }
        PrivateKey::from_bytes(&bytes).unwrap()
    };
    (0..KEYS).map(key).collect()
}
