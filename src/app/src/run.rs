//! Runs the windows in iced and connects them to the engine.

use std::cell::RefCell;
use std::time::Duration;

use engine::{Event, Events, Handle};
use futures::channel::mpsc;
use futures::stream::{self, Stream, StreamExt as _};
use iced::{Event as Input, Subscription, Task, event, window};
use tokio::time::Instant;

use crate::app::{App, CommandSink, Message, StartMode};
use crate::theme;

/// Reports of the engine are handed over at most this often: each hand-over draws every window.
const PAUSE: Duration = Duration::from_millis(50);
/// Most reports in one hand-over.
const BATCH_MAX: usize = 512;

pub(crate) const FONTS: [&[u8]; 2] = [
    include_bytes!("../../../resources/fonts/Inter-Regular.otf"),
    include_bytes!("../../../resources/fonts/Inter-SemiBold.otf"),
];

/// What the window needs from the process around it.
#[derive(Debug)]
pub struct SystemHooks {
    /// Whenever it is asked to end.
    pub asked_to_end: mpsc::Receiver<()>,
    /// Called before the first window is used, when the desktop has told how it looks.
    pub window_is_there: fn(),
}

/// Runs until the main window closes.
///
/// # Errors
///
/// When no window can be opened.
pub fn run(
    handle: Handle,
    events: Events,
    start_mode: StartMode,
    hooks: SystemHooks,
) -> iced::Result {
    let SystemHooks { asked_to_end, window_is_there } = hooks;
    let parts = RefCell::new(Some((handle, events, asked_to_end)));
    let boot = move || {
        let (tell, listen): (CommandSink, _) = match parts.take() {
            Some((handle, events, asked_to_end)) => {
                let listen = Task::run(batches(events), Message::Events)
                    .chain(Task::done(Message::EngineGone));
                let listen =
                    Task::batch([listen, Task::run(asked_to_end, |()| Message::AskedToEnd)]);
                (Box::new(move |command| handle.send(command).err()), listen)
            }
            None => (Box::new(Some), Task::none()),
        };
        let (app, begin) = App::boot(tell, start_mode);
        (app, Task::batch([begin, listen]))
    };
    let update = move |app: &mut App, message| {
        if matches!(message, Message::Opened(_)) {
            window_is_there();
        }
        app.update(message)
    };
    let mut daemon = iced::daemon(boot, update, App::view)
        .title(App::title)
        .theme(App::theme)
        .style(|_, theme| iced::theme::Style {
            background_color: theme::colors(theme).background,
            text_color: theme::colors(theme).text,
        })
        .scale_factor(App::scale)
        .subscription(|_| listen())
        .default_font(theme::REGULAR);
    for font in FONTS {
        daemon = daemon.font(font);
    }
    daemon.run()
}

fn listen() -> Subscription<Message> {
    let focus = event::listen_with(|event, _status, window| match event {
        Input::Window(window::Event::Focused) => Some(Message::Focus(window, true)),
        Input::Window(window::Event::Unfocused) => Some(Message::Focus(window, false)),
        // Keys are read by what stands around each window, before any widget.
        Input::Keyboard(_)
        | Input::Mouse(_)
        | Input::Window(_)
        | Input::Touch(_)
        | Input::InputMethod(_) => None,
    });
    Subscription::batch([
        focus,
        window::close_events().map(Message::Closed),
        iced::system::theme_changes().map(Message::Mode),
    ])
}

/// Everything that is there at once goes over together; the first without waiting.
fn batches(events: impl Stream<Item = Event> + Unpin) -> impl Stream<Item = Vec<Event>> {
    let ready = events.ready_chunks(BATCH_MAX);
    stream::unfold((ready, Instant::now()), |(mut ready, earliest)| async move {
        tokio::time::sleep_until(earliest).await;
        let batch = ready.next().await?;
        Some((batch, (ready, Instant::now() + PAUSE)))
    })
}

#[cfg(test)]
mod tests {
    use futures::channel::mpsc;

    use super::*;

    fn event(failure: &str) -> Event {
        Event::Vault(engine::VaultEvent::NotSaved(engine::VaultFailure::System(failure.to_owned())))
    }

    #[tokio::test]
    async fn a_burst_goes_over_at_once_and_in_order() {
        let (sender, receiver) = mpsc::unbounded();
        for name in ["a", "b", "c"] {
            sender.unbounded_send(event(name)).unwrap();
        }
        drop(sender);
        let batches: Vec<_> = batches(receiver).collect().await;
        let [batch] = batches.as_slice() else { panic!("{batches:?}") };
        assert_eq!(format!("{batch:?}"), format!("{:?}", [event("a"), event("b"), event("c")]));
    }

    #[tokio::test]
    async fn what_comes_after_a_batch_waits_for_the_pause() {
        let (sender, receiver) = mpsc::unbounded();
        let mut batches = Box::pin(batches(receiver));
        sender.unbounded_send(event("a")).unwrap();
        let start = Instant::now();
        assert_eq!(batches.next().await.map(|batch| batch.len()), Some(1));

        sender.unbounded_send(event("b")).unwrap();
        sender.unbounded_send(event("c")).unwrap();
        assert_eq!(batches.next().await.map(|batch| batch.len()), Some(2));
        assert!(start.elapsed() >= PAUSE);
    }
}
