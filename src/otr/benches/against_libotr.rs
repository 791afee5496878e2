//! Ours and libotr at the same work in the same run. Fails if we need more than our share of
//! libotr's time.
//!
//! Both sides count the CPU time of their own process, so that other work on the machine weighs
//! on neither. Each piece of work is done by two parties in one process, from call to text.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench that cannot run shall say so and stop"
)]

mod libotr;
mod pair;

use std::process::ExitCode;
use std::time::Duration;

use cpu_time::ProcessTime;
use criterion::{Criterion, SamplingMode};
use libotr::Libotr;
use pair::{Keys, Pair};

/// A piece of work, and the share of libotr's time that it may take.
struct Work {
    name: &'static str,
    share_max: f64,
    ours: fn(&Keys, u64) -> Duration,
}

const WORKS: [Work; 5] = [
    Work { name: "ake", share_max: 0.5, ours: exchange_keys },
    Work { name: "smp", share_max: 0.5, ours: |keys, rounds| repeat(keys, rounds, Pair::verify) },
    Work {
        name: "message-100",
        share_max: 0.6,
        ours: |keys, rounds| say(keys, rounds, 100, Pair::say),
    },
    Work {
        name: "message-10k",
        share_max: 0.6,
        ours: |keys, rounds| say(keys, rounds, 10_000, Pair::say),
    },
    Work {
        name: "ping-pong",
        share_max: 0.6,
        ours: |keys, rounds| say(keys, rounds, 100, Pair::ping_pong),
    },
];

/// Every exchange is between two who never met.
fn exchange_keys(keys: &Keys, rounds: u64) -> Duration {
    let once = |_| {
        let mut pair = Pair::new(keys);
        let start = ProcessTime::now();
        pair.exchange_keys();
        start.elapsed()
    };
    (0..rounds).map(once).sum()
}

fn repeat(keys: &Keys, rounds: u64, work: impl Fn(&mut Pair)) -> Duration {
    let mut pair = Pair::private(keys);
    let start = ProcessTime::now();
    (0..rounds).for_each(|_| work(&mut pair));
    start.elapsed()
}

fn say(keys: &Keys, rounds: u64, bytes: usize, work: fn(&mut Pair, &str)) -> Duration {
    let text = "x".repeat(bytes);
    repeat(keys, rounds, |pair| work(pair, &text))
}

/// Measures one side; the median time of one round in nanoseconds. `None`: not asked for.
fn median(
    criterion: &mut Criterion,
    work: &'static str,
    who: &str,
    mut run: impl FnMut(u64) -> Duration,
) -> Option<f64> {
    let mut samples = Vec::new();
    let mut group = criterion.benchmark_group(work);
    group.sampling_mode(SamplingMode::Flat).sample_size(20);
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    group.bench_function(who, |bencher| {
        bencher.iter_custom(|rounds| {
            let time = run(rounds);
            samples.push(time.as_secs_f64() * 1e9 / rounds as f64);
            time
        });
    });
    group.finish();
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied()
}

fn main() -> ExitCode {
    let mut criterion = Criterion::default().configure_from_args();
    let (keys, mut libotr) = (Keys::generate(), Libotr::start());
    let mut table = Vec::new();
    for Work { name, share_max, ours } in WORKS {
        let theirs = median(&mut criterion, name, "libotr", |rounds| libotr.run(name, rounds));
        let ours = median(&mut criterion, name, "ours", |rounds| ours(&keys, rounds));
        table.extend(ours.zip(theirs).map(|(ours, theirs)| (name, ours, theirs, share_max)));
    }
    criterion.final_summary();

    println!("{:<12} {:>12} {:>12} {:>7} {:>7}", "", "ours", "libotr", "share", "at most");
    let mut is_missed = false;
    for (name, ours, theirs, share_max) in table {
        let (share, micros) = (ours / theirs, |nanos: f64| format!("{:.1} us", nanos / 1e3));
        let verdict = if share <= share_max { "" } else { "MISSED" };
        is_missed |= share > share_max;
        let (ours, theirs) = (micros(ours), micros(theirs));
        println!("{name:<12} {ours:>12} {theirs:>12} {share:>7.3} {share_max:>7.1} {verdict}");
    }
    if is_missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
