//! The screens, a module for each thing that a person would call one.

pub mod chat;
pub mod connection_form;
pub mod contacts;
pub mod keys;
pub mod messenger;
pub mod onboarding;
mod practice_script;
pub mod sign_in_error;
mod unsent;
pub mod verify;

pub use practice_script::practice_script;
pub use unsent::Unsent;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// Which screen is made of which. Siblings learn of each other from the parent's actions.
    const PARTS: [(&str, &[&str]); 4] = [
        ("messenger", &["chat", "contacts", "connection_form", "sign_in_error"]),
        ("chat", &["verify"]),
        ("onboarding", &["connection_form", "sign_in_error"]),
        ("", &[]),
    ];

    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, files);
            } else {
                files.push(path);
            }
        }
    }

    /// The modules in `use crate::screen::…`, one or several.
    fn uses(source: &str) -> impl Iterator<Item = &str> {
        source.split("crate::screen::").skip(1).flat_map(|rest| {
            let list = match rest.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap_or_default(),
                None => rest.split([';', ' ', '(', '\n']).next().unwrap_or_default(),
            };
            list.split(',').filter_map(|one| one.trim().split([':', ')']).next())
        })
    }

    #[test]
    fn no_screen_knows_its_siblings_but_those_it_is_made_of() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/screen");
        let mut files = Vec::new();
        collect(&root, &mut files);
        assert!(files.len() > 50, "{files:?}");
        for file in files {
            let name = file.strip_prefix(&root).unwrap().with_extension("");
            let screen = name.iter().next().unwrap().to_str().unwrap();
            let (_, parts) = PARTS.iter().find(|(one, _)| *one == screen).unwrap_or(&PARTS[3]);
            for used in uses(&fs::read_to_string(&file).unwrap()) {
                let is_module = used.starts_with(char::is_lowercase);
                let is_its_own = used == screen || used == "practice_script";
                assert!(
                    !is_module || is_its_own || parts.contains(&used),
                    "{} uses {used}",
                    name.display()
                );
            }
        }
    }
}
