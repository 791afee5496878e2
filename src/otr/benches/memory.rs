//! What private conversations hold of the heap while nothing happens. Fails if it is too much.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench that cannot run shall say so and stop"
)]

mod pair;

use std::alloc::System;
use std::process::ExitCode;

use pair::{Keys, Pair};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

/// Counts what is asked of the system's allocator.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const IDLE_BYTES_MAX: usize = 16 * 1024;
const MANY: usize = 10_000;
const MANY_BYTES_MAX: usize = 200 * 1000 * 1000;
const TEXT: &str = "Neither short nor long, as people write.";

fn main() -> ExitCode {
    let keys = Keys::generate();
    // What is built once for the whole program is there before we count.
    Pair::private(&keys).verify();

    let heap = Region::new(ALLOCATOR);
    let idle = Box::new(used(&keys));
    let idle_bytes = held(&heap) / 2;
    let mut pairs = Vec::with_capacity(MANY / 2);
    pairs.extend((1..MANY / 2).map(|_| used(&keys)));
    let many_bytes = held(&heap);
    println!("one idle conversation: {idle_bytes} bytes, at most {IDLE_BYTES_MAX}");
    println!("{MANY} conversations: {many_bytes} bytes, at most {MANY_BYTES_MAX}");
    drop((idle, pairs));
    if idle_bytes <= IDLE_BYTES_MAX && many_bytes <= MANY_BYTES_MAX {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A pair that has spoken. Two rounds leave as many session keys as there can be, and old MAC keys
/// to reveal.
fn used(keys: &Keys) -> Pair {
    let mut pair = Pair::private(keys);
    (0..2).for_each(|_| pair.ping_pong(TEXT));
    pair
}

/// Bytes that were asked for and not given back.
fn held(heap: &Region<'_, System>) -> usize {
    let change = heap.change();
    let bytes = change.bytes_allocated.checked_sub(change.bytes_deallocated);
    bytes.expect("what came later was given back later")
}
