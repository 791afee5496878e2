//! Words and pictures lie outside the crate: build again when they change.

fn main() {
    for path in ["../../i18n", "../../resources"] {
        println!("cargo::rerun-if-changed={path}");
    }
}
