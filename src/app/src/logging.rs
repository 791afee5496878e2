//! What is written to standard error, and what never is.

use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry;

/// Takes the place of a collector of `log` records, which libraries that carry stanzas, passwords
/// and key presses write at `trace`, and so keeps it from whoever would collect them.
struct Nobody;

impl log::Log for Nobody {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        false
    }

    fn log(&self, _: &log::Record<'_>) {}

    fn flush(&self) {}
}

/// Begins. `RUST_LOG` chooses among what our own crates say.
pub(crate) fn start() {
    let wish = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into());
    // Neither can fail: both places are free when the program starts.
    let _ =
        tracing::subscriber::set_global_default(subscriber(wish.from_env_lossy(), std::io::stderr));
    let _ = log::set_logger(&Nobody);
}

/// Writes what the wish asks for, as far as it may be written.
fn subscriber<W>(wish: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    registry().with(lines.with_filter(wish.and(filter_fn(may_be_written))))
}

/// Others may complain; what they see they keep to themselves, whatever `RUST_LOG` says.
fn may_be_written(event: &Metadata<'_>) -> bool {
    let target = event.target();
    let is_ours =
        target == "sotto" || target.starts_with("sotto::") || target.starts_with("sotto_");
    is_ours || *event.level() <= tracing::Level::WARN
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written at this wish.
    fn written(wish: &str, speak: impl FnOnce()) -> String {
        let paper = Paper::default();
        let pen = paper.clone();
        let subscriber = subscriber(EnvFilter::new(wish), move || pen.clone());
        tracing::subscriber::with_default(subscriber, speak);
        String::from_utf8(paper.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn libraries_only_complain_whatever_is_wished() {
        let wish = "trace,tokio_xmpp::xmlstream=trace,rxml::parser=trace,sottovoce=trace";
        let written = written(wish, || {
            tracing::trace!(target: "sotto_engine::account", "ours");
            tracing::trace!(target: "sotto", "of the window");
            tracing::trace!(target: "tokio_xmpp::xmlstream", "a password");
            tracing::debug!(target: "rxml::parser", "a password");
            tracing::info!(target: "sottovoce", "a password");
            tracing::warn!(target: "tokio_xmpp", "a complaint");
        });
        for said in ["ours", "of the window", "a complaint"] {
            assert!(written.contains(said), "{written}");
        }
        assert!(!written.contains("a password"), "{written}");
        for target in engine::QUIET_TARGETS {
            assert!(!target.starts_with("sotto"), "{target} would be taken for ours");
        }
    }

    #[test]
    fn less_is_written_if_less_is_wished() {
        let said = || {
            tracing::trace!(target: "sotto_engine", "ours");
            tracing::error!(target: "tokio_xmpp", "a complaint");
        };
        assert_eq!(written("off", said), "");
        assert!(!written("sotto_engine=info,warn", said).contains("ours"));
    }

    /// The day somebody else collects `log` records, this fails.
    #[test]
    fn nobody_collects_what_libraries_log() {
        start();
        assert!(log::set_logger(&Nobody).is_err(), "the place is free to be taken");
        assert!(!log::log_enabled!(target: "tokio_xmpp::xmlstream", log::Level::Error));
    }
}
