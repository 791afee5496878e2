//! Parses the command line.

use std::ffi::OsString;
use std::path::PathBuf;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Invocation {
    /// Run the program.
    Run(Arguments),
    /// Print the usage.
    Help,
    /// Print the version.
    Version,
    /// An argument that does not exist.
    Unknown(String),
    /// An argument whose value is missing.
    Incomplete(String),
}

/// The arguments for running the program.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Folder of the profile; `None` for the usual one.
    pub(crate) profile: Option<PathBuf>,
    /// Start in practice, and keep nothing.
    pub(crate) practice: bool,
}

/// Parses the command line without the program's name.
pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Invocation {
    let mut arguments = Arguments::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--help" | "-h") => return Invocation::Help,
            Some("--version" | "-V") => return Invocation::Version,
            Some("--practice") => arguments.practice = true,
            Some("--profile") => match words.next() {
                Some(folder) if !folder.is_empty() => arguments.profile = Some(folder.into()),
                Some(_) | None => return Invocation::Incomplete("--profile".to_owned()),
            },
            Some(other) => match other.strip_prefix("--profile=") {
                Some("") => return Invocation::Incomplete("--profile".to_owned()),
                Some(folder) => arguments.profile = Some(folder.into()),
                None => return Invocation::Unknown(other.to_owned()),
            },
            None => return Invocation::Unknown(word.to_string_lossy().into_owned()),
        }
    }
    Invocation::Run(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(words: &[&str]) -> Invocation {
        read(words.iter().map(OsString::from))
    }

    #[test]
    fn a_profile_is_named_in_either_way() {
        let wanted = Invocation::Run(Arguments { profile: Some("there".into()), practice: true });
        assert_eq!(read_all(&["--profile", "there", "--practice"]), wanted);
        assert_eq!(read_all(&["--practice", "--profile=there"]), wanted);
    }

    #[test]
    fn a_mistake_is_named() {
        assert_eq!(read_all(&["--profile"]), Invocation::Incomplete("--profile".to_owned()));
        assert_eq!(read_all(&["--loud"]), Invocation::Unknown("--loud".to_owned()));
    }

    #[test]
    fn help_and_version_win() {
        assert_eq!(read_all(&["--practice", "--help"]), Invocation::Help);
        assert_eq!(read_all(&["--version"]), Invocation::Version);
    }
}
