//! One attempt to get online: connect, sign in, resume the session or bind a new one.

use std::time::Duration;

use tokio::time::timeout;

use super::Link;
use super::offline_action::{OfflineAction, offline_action};
use crate::client_id::ClientId;
use crate::connect::{self, Protection, Secured};
use crate::establish::{DeliveryOutcome, Established, establish, inline_requests};
use crate::failure::Failure;
use crate::session::Session;
use crate::sign_in::PasswordForm;
use crate::stream::Stream;
use crate::{Account, Dialer, Event, OfflineReason, Route, Security, sign_in};

/// Limit for connecting and signing in together.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// The same through a proxy or Tor, which builds circuits first.
const ROUTED_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(90);

/// How one attempt ended that was not cut short by a command.
type Attempted = Result<(Established, Security), Failure>;

impl Link {
    /// Tries once to get online. `None` when the engine wants to stop.
    ///
    /// Commands are handled meanwhile; another password or pinned key restarts the attempt.
    pub(super) async fn attempt(&mut self) -> Option<Result<Stream, Failure>> {
        loop {
            if !self.is_resumable() {
                self.offline_queue.fail_messages(&mut self.state);
            }
            let mut outcome = DeliveryOutcome::default();
            let attempted = self.connect_or_command(&mut outcome).await;
            self.state.events.acked(outcome.acked);
            self.state.events.delivery_unknown(outcome.unknown);
            self.state.events.unanswered(outcome.unanswered);
            match attempted {
                Ok(Ok((established, security))) => {
                    self.came_online(established.resumed, security);
                    return Some(Ok(established.stream));
                }
                Ok(Err(failure)) => return Some(Err(failure)),
                Err(OfflineAction::Stop) => return None,
                Err(
                    OfflineAction::Continue
                    | OfflineAction::RetrySoon
                    | OfflineAction::Retry
                    | OfflineAction::RestartAttempt,
                ) => {}
            }
        }
    }

    /// Runs the attempt and handles commands until it ends, or until one of them cuts it short.
    async fn connect_or_command(
        &mut self,
        outcome: &mut DeliveryOutcome,
    ) -> Result<Attempted, OfflineAction> {
        // A copy: commands change the account while the attempt runs.
        let account = self.account.clone();
        let resumable = self.is_resumable();
        let roster_version = self.state.roster.version().map(str::to_owned);
        let limit = match account.route {
            Route::Direct => ATTEMPT_TIMEOUT,
            Route::TorIfThere(_)
            | Route::TorRequired(_)
            | Route::Socks5(_)
            | Route::HttpConnect(_) => ROUTED_ATTEMPT_TIMEOUT,
        };
        let connecting = connect(
            &account,
            &self.dialer,
            &self.client_id,
            roster_version.as_deref(),
            &mut self.session,
            outcome,
            &mut self.password_form,
        );
        let connecting = timeout(limit, connecting);
        tokio::pin!(connecting);
        loop {
            let action = tokio::select! {
                result = &mut connecting => return Ok(result.unwrap_or_else(|_| {
                    let host = account.jid.domain().to_string();
                    Err(Failure::Transient(OfflineReason::Unreachable { host }))
                })),
                action = offline_action(
                    &mut self.commands,
                    &mut self.state,
                    &mut self.account,
                    &mut self.offline_queue,
                    resumable,
                ) => action,
            };
            match action {
                OfflineAction::Continue | OfflineAction::RetrySoon | OfflineAction::Retry => {}
                OfflineAction::RestartAttempt | OfflineAction::Stop => return Err(action),
            }
        }
    }

    /// Reports that we are online, and sends what waited.
    fn came_online(&mut self, resumed: bool, security: Security) {
        // A downgrade attacker who intercepts the next connection gets no weaker sign-in.
        self.account.known_strength = Some(security.strength);
        // The issuer of the pinned key has renewed it: the new one is pinned from now on.
        if let (Some(pinned), Some(key)) = (&mut self.account.pinned_key, security.key) {
            pinned.key = key;
        }
        self.state.events.push(Event::Secured(security));
        let Some(session) = &mut self.session else { return };
        let jid = session.jid.clone();
        self.state.events.push(Event::Online { jid, resumed });
        if !resumed {
            self.state.roster.mark_stale();
        }
        session.announce(self.state.availability);
        if !self.state.active {
            session.send_csi_state(false);
        }
        self.offline_queue.flush(session, resumed, &mut self.state);
    }
}

async fn connect(
    account: &Account,
    dialer: &Dialer,
    client_id: &ClientId,
    roster_version: Option<&str>,
    session: &mut Option<Session>,
    outcome: &mut DeliveryOutcome,
    password_form: &mut PasswordForm,
) -> Attempted {
    let Secured { opened, protection, via } =
        connect::connect(account, dialer, Some(&account.jid)).await?;
    let Protection { bindings, version: tls, key } = protection;
    let inline = inline_requests(&opened.features, client_id, session.as_ref());
    let (signed_in, strength) =
        sign_in::authenticate(opened, &bindings, account, inline, password_form).await?;
    let established =
        establish(signed_in, &account.jid, client_id, roster_version, session, outcome).await?;
    Ok((established, Security { via, tls, key, strength }))
}
