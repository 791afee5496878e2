//! The library needs an allocator and no operating system: whoever uses it may have no `std`.
//!
//! A program with a panic handler of its own cannot have `std` beside it, which brings another. So
//! one that depends on the library as a stranger would, with its default features and without the
//! crates of our tests, is only sound if nothing that the library stands on asks for `std`. It is
//! checked, not linked: the compiler finds the second handler before it makes any code.
#![expect(clippy::unwrap_used, reason = "what cannot be written or run fails its test")]

use std::path::Path;
use std::process::Command;
use std::{env, fs};

const PROGRAM: &str = r#"
#![no_std]
#[cfg(feature = "std")]
extern crate std;

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;
use otr::Conversation;

#[unsafe(no_mangle)]
pub extern "C" fn size() -> usize {
    size_of::<Conversation>()
}

struct Nowhere;

unsafe impl GlobalAlloc for Nowhere {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Nowhere = Nowhere;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
"#;

/// Checks the program; what the compiler complains of, if it does.
fn check(program: &Path, features: &str) -> Result<(), String> {
    let output = Command::new(env::var_os("CARGO").unwrap())
        .args(["check", "--offline", "--quiet", "--features", features])
        .arg("--target-dir")
        .arg(program.join("target"))
        .current_dir(program)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(complaint) }
}

#[test]
fn the_library_needs_no_std() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no_std");
    fs::create_dir_all(&program).unwrap();
    // The versions that everybody else has, too, where the library stands in its workspace.
    let lock = library.join("../../Cargo.lock");
    if lock.exists() {
        fs::copy(lock, program.join("Cargo.lock")).unwrap();
    }
    let manifest = format!(
        "[workspace]\n[package]\nname = \"no-std\"\nedition = \"2024\"\n\
         [lib]\npath = \"lib.rs\"\ncrate-type = [\"staticlib\"]\n\
         [features]\nstd = []\n\
         [dependencies]\notr = {{ package = \"sotto-otr\", path = {library:?}, \
         default-features = false }}\n\
         [profile.dev]\npanic = \"abort\"\n"
    );
    fs::write(program.join("Cargo.toml"), manifest).unwrap();
    fs::write(program.join("lib.rs"), PROGRAM).unwrap();

    assert_eq!(check(&program, ""), Ok(()));
    // And this is what it looks like if anything does.
    let complaint = check(&program, "std").unwrap_err();
    assert!(complaint.contains("duplicate lang item"), "{complaint}");
}
