//! Off-the-Record messaging, versions 3 and 2, as a sans-IO state machine.
//!
//! Nothing here opens a socket, reads a clock, asks the operating system for randomness, starts a
//! thread, or logs: texts, time and a random number generator come in, [`Output`]s come out. It
//! needs an allocator and, without the feature `std`, nothing else: `std` only asks the processor
//! which instructions it has. It holds no `unsafe` code. The caller keeps the texts that wait for a
//! session, and decides whom to trust; the **[guide]** tells how.
//!
//! # What a private conversation promises
//! - Nobody but the owner of the named key reads a text or alters it unnoticed.
//! - Who steals the keys later cannot read what was said before.
//! - Nobody can prove to a third person who said what.
//! - Nothing that comes unauthenticated makes [`Conversation::send`] send in clear.
//! - A text that was written for one key goes to no other: [`Audience`].
//!
//! # What it does not
//! - Tell who owns the key: compare fingerprints, or verify with [`Conversation::verify`].
//! - Hide who talks to whom, when, and how much, nor that they do it by OTR.
//! - Deliver: what gets lost is not sent again, and what comes late may find the keys gone.
//! - Serve groups, or people who are away: both have to be there to share keys.
//! - Protect what is kept or shown on either machine.
//! - Keep version 2 out by itself: allow it in the [`Policy`], and tell a conversation of the
//!   contacts that have spoken version 3 ([`Conversation::set_v3_seen`]).
//! - Withstand forever: the protocol's numbers (1536-bit Diffie-Hellman, 1024-bit DSA, SHA-1 and
//!   AES-128) are worth some 80 to 90 bits.
//!
//! # Where to begin
//! [`Conversation`] does it all; [`Config`] is what it needs, [`Event`] what it tells,
//! [`MessageState`] what to show. [`keyfile`] reads and writes the keys of other programs,
//! [`html`] what some of them write.
//!
//! # Example
//! Two parties, and a network that is a loop:
//! ```
//! use otr::{
//!     Config, Conversation, Event, InstanceTag, Output, Outputs, PrivateKey, Security, SmpRole,
//!     Timestamp,
//! };
//! use rand::{SeedableRng, rngs::StdRng};
//!
//! fn party() -> Conversation {
//!     let mut rng = StdRng::from_rng(&mut rand::rng());
//!     let (key, instance) = (PrivateKey::generate(&mut rng), InstanceTag::random(&mut rng));
//!     Conversation::new(Config::new(key, instance, rng))
//! }
//!
//! /// Carries everything to and fro until both are silent; what happened on the way.
//! fn carry(outputs: Outputs, to: &mut Conversation, from: &mut Conversation) -> Vec<Event> {
//!     let mut events = Vec::new();
//!     for output in outputs {
//!         match output {
//!             Output::Send { wire, .. } => {
//!                 let answer = to.receive(wire.as_str(), Timestamp::from_millis(0));
//!                 events.extend(carry(answer, from, to));
//!             }
//!             Output::Event(event) => events.push(event),
//!         }
//!     }
//!     events
//! }
//!
//! let (mut alice, mut bob) = (party(), party());
//! let now = Timestamp::from_millis(0);
//!
//! let query = alice.start(now);
//! let events = carry(query, &mut bob, &mut alice);
//! assert!(events.iter().all(|event| matches!(event, Event::SessionStarted { .. })));
//!
//! // What is written now is for the key that is shown now, and for no other.
//! let audience = alice.audience();
//! let message = alice.send("Only you can read this.", audience, now)?;
//! let events = carry(message, &mut bob, &mut alice);
//! let Event::Text { text, security: Security::Private { fingerprint, .. } } = &events[0] else {
//!     panic!("not private");
//! };
//! assert_eq!(text, "Only you can read this.");
//! assert_eq!(*fingerprint, alice.own_fingerprint());
//!
//! // Who is it? Alice asks what only Bob knows: whoever has the key that she sees.
//! let whom = audience.key().expect("private");
//! let question = alice.verify(whom, &"in Prague".into(), Some("Where did we meet?"), now)?;
//! let events = carry(question, &mut bob, &mut alice);
//! let Event::SmpRequested { request, .. } = &events[0] else { panic!("nobody asks") };
//! let answer = bob.answer(*request, &"in Prague".into(), now)?;
//! let verified = |event: &Event| match event {
//!     Event::SmpSucceeded { fingerprint, role: SmpRole::Asked { .. }, .. } => Some(*fingerprint),
//!     _ => None,
//! };
//! let verified = carry(answer, &mut alice, &mut bob).iter().find_map(verified);
//! assert_eq!(verified, Some(bob.own_fingerprint()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]
// Nothing that comes from outside may end in a panic. The workspace denies `unwrap` and its like.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable
    )
)]
extern crate alloc;
#[cfg(any(test, fuzzing))]
extern crate std;

// What stands in for the real thing there has no place in a release.
#[cfg(all(fuzzing, not(debug_assertions)))]
compile_error!("`--cfg fuzzing` is for fuzz targets, which are built with debug assertions");

mod audience;
mod auth;
#[doc = include_str!("../docs/conformance.md")]
pub mod conformance {}
mod conversation;
mod crypto;
mod data;
mod error;
mod fingerprint;
mod fragment;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
#[doc = include_str!("../docs/guide.md")]
pub mod guide {}
pub mod html;
mod incoming;
mod instance;
pub mod keyfile;
mod message_state;
mod output;
mod outputs;
mod peer;
mod policy;
mod query;
mod recipient;
mod record;
pub mod reorder;
#[cfg(test)]
mod replay;
mod session;
mod smp;
#[cfg(test)]
mod testing;
mod text_kind;
mod timestamp;
mod tlv;
mod version;
mod watch;
mod wire;

pub use audience::Audience;
pub use conversation::{Config, Conversation, LineBreaks, TEXT_BYTES_MAX};
pub use crypto::PrivateKey;
pub use data::ExtraKey;
pub use error::{KeyError, RecordError, SendError, SmpError, UnknownInstance};
pub use fingerprint::{Fingerprint, ParseFingerprintError};
pub use instance::{InstanceTag, ParseInstanceTagError};
pub use message_state::{MessageState, Ssid, SsidHalf};
pub use output::{Event, Output, Security, WireText};
pub use outputs::Outputs;
pub use policy::Policy;
pub use recipient::Recipient;
pub use record::Record;
pub use smp::{SmpRequest, SmpRole, SmpSecret};
pub use text_kind::TextKind;
pub use timestamp::Timestamp;
pub use version::Version;
pub use wire::{carries_nothing, sender_instance};

/// The version of the generators' traits that [`Config`] and [`PrivateKey::generate`] take.
pub use rand_core;

/// The example of the README is tested too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
