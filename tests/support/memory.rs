//! What stands in the memory of a running program.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

/// Read at once; words may lie across the border of two.
const CHUNK: usize = 1 << 20;

/// The memory of a process.
#[derive(Debug)]
pub struct Memory(PathBuf);

impl Memory {
    /// Of this process. Reading it needs the right to trace any process, where it is one that
    /// keeps its memory to itself.
    #[must_use]
    pub fn of(process: u32) -> Self {
        Self(PathBuf::from(format!("/proc/{process}")))
    }

    /// How often these words stand in it, in UTF-8, UTF-16 and UTF-32.
    ///
    /// # Panics
    /// When the process is gone, or does not let itself be read.
    #[must_use]
    pub fn count(&self, words: &str) -> usize {
        let wide: Vec<u8> = words.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wider: Vec<u8> = words.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        let needles = [words.as_bytes(), &wide, &wider];
        let longest = needles.iter().map(|needle| needle.len()).max().unwrap_or_default();
        let memory = File::open(self.0.join("mem")).expect("the memory can be read");
        let mut count = 0;
        for (mut at, end) in self.mappings() {
            let mut tail = Vec::new();
            while at < end {
                let mut chunk = vec![0; CHUNK.min(usize::try_from(end - at).unwrap())];
                // Memory that was given back meanwhile, or that is a device's.
                let Ok(read) = memory.read_at(&mut chunk, at) else { break };
                if read == 0 {
                    break;
                }
                chunk.truncate(read);
                at += read as u64;
                let looked_through = tail.len();
                let mut bytes = std::mem::take(&mut tail);
                bytes.append(&mut chunk);
                for needle in needles {
                    // What lies in the former tail alone was counted with the former chunk.
                    let new = looked_through.saturating_sub(needle.len() - 1);
                    count += found(bytes.get(new..).unwrap_or_default(), needle);
                }
                tail = bytes.split_off(bytes.len().saturating_sub(longest));
            }
        }
        count
    }

    /// Where memory is that can be read.
    fn mappings(&self) -> Vec<(u64, u64)> {
        let maps = fs::read_to_string(self.0.join("maps")).expect("the process runs");
        let readable = maps.lines().filter_map(|line| {
            let (range, rest) = line.split_once(' ')?;
            if !rest.starts_with('r') || line.ends_with("[vvar]") || line.ends_with("[vsyscall]") {
                return None;
            }
            let (from, to) = range.split_once('-')?;
            Some((u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?))
        });
        readable.collect()
    }
}

fn found(bytes: &[u8], needle: &[u8]) -> usize {
    let Some(first) = needle.first() else { return 0 };
    let places = bytes.iter().enumerate().filter(|(_, byte)| *byte == first);
    places.filter(|(at, _)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(needle))).count()
}
