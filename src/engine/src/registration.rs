//! Making a new account at a server, before anybody can sign in to it.

use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use xmpp::RegistrationError;

use crate::message::{Event, Form, Registration};

/// How many answers may wait.
const DEPTH: usize = 4;

/// A server's form on the window. Drop it to give up.
pub(crate) struct Registering {
    asks: mpsc::Sender<Ask>,
    task: AbortHandle,
}

enum Ask {
    Submit(Form),
    Again,
}

impl Registering {
    /// Connects and asks for the form.
    pub(crate) fn start(place: xmpp::Account, to_window: mpsc::Sender<Event>) -> Self {
        let (asks, asked) = mpsc::channel(DEPTH);
        let task = tokio::spawn(async move { register(place, asked, &to_window).await });
        Self { asks, task: task.abort_handle() }
    }

    /// Sends the form back.
    pub(crate) fn submit(&self, form: Form) {
        let _ = self.asks.try_send(Ask::Submit(form));
    }

    /// Asks for the form once more.
    pub(crate) fn again(&self) {
        let _ = self.asks.try_send(Ask::Again);
    }
}

impl Drop for Registering {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn register(
    place: xmpp::Account,
    mut asked: mpsc::Receiver<Ask>,
    to_window: &mpsc::Sender<Event>,
) {
    let tell = async |step| {
        let _ = to_window.send(Event::Registration(step)).await;
    };
    let mut connection = None;
    // The first form comes unasked.
    let mut ask = Ask::Again;
    loop {
        let step = match (&mut connection, ask) {
            (None, _) => match xmpp::Registration::open(&place).await {
                Ok((opened, form)) => {
                    connection = Some(opened);
                    Registration::Form(form)
                }
                Err(error) => Registration::Failed(error),
            },
            (Some(opened), Ask::Again) => match opened.ask().await {
                Ok(form) => Registration::Form(form),
                Err(error) => Registration::Failed(error),
            },
            (Some(opened), Ask::Submit(form)) => match opened.submit(&form).await {
                Ok(()) => return tell(Registration::Done).await,
                Err(error) => Registration::Failed(error),
            },
        };
        if matches!(step, Registration::Failed(RegistrationError::Offline(_))) {
            // The next try connects anew.
            connection = None;
        }
        tell(step).await;
        match asked.recv().await {
            Some(next) => ask = next,
            None => return,
        }
    }
}
