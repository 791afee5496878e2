//! What the person prefers, whichever account they use.

use super::Store;
use crate::message::Availability;

const TEXT_SIZE: &str = "text-size";
const AVAILABILITY: &str = "availability";

/// What each is called in the vault.
const AVAILABILITIES: [(Availability, &str); 4] = [
    (Availability::Online, "online"),
    (Availability::Away, "away"),
    (Availability::Busy, "busy"),
    (Availability::Offline, "invisible"),
];

impl Store {
    /// Whether what is written down is there in the next life.
    pub(crate) const fn keeps(&self) -> bool {
        self.keeps
    }

    /// How large text is drawn, in percent of the usual; `None` if nobody chose, or if it can't be
    /// read.
    pub(crate) async fn text_size(&self) -> Option<u16> {
        let text = self.run(|vault| vault.setting(TEXT_SIZE)).await.flatten()?;
        text.parse().ok()
    }

    /// Writes it down.
    pub(crate) async fn save_text_size(&self, percent: u16) {
        self.run(move |vault| vault.save_setting(TEXT_SIZE, &percent.to_string())).await;
    }

    /// How the person wants to be shown to contacts; `None` if nobody chose. What can't be read may
    /// have hidden us, and does.
    pub(crate) async fn availability(&self) -> Option<Availability> {
        let Some(kept) = self.run(|vault| vault.setting(AVAILABILITY)).await else {
            return Some(Availability::Offline);
        };
        let kept = kept?;
        let known = AVAILABILITIES.iter().find(|(_, name)| *name == kept);
        Some(known.map_or(Availability::Offline, |(availability, _)| *availability))
    }

    /// Writes it down.
    pub(crate) async fn save_availability(&self, availability: Availability) {
        let named = AVAILABILITIES.iter().find(|(known, _)| *known == availability);
        let Some((_, name)) = named else { return };
        self.run(|vault| vault.save_setting(AVAILABILITY, name)).await;
    }
}
