//! What the person prefers, whichever account they use.

use super::Store;
use crate::message::{Availability, Setting};

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

    /// Writes a setting down.
    pub(crate) async fn save_setting(&self, setting: Setting) {
        let (name, value) = match setting {
            Setting::TextSize(percent) => (TEXT_SIZE, percent.to_string()),
            Setting::Availability(availability) => {
                let named = AVAILABILITIES.iter().find(|(known, _)| *known == availability);
                let Some((_, value)) = named else { return };
                (AVAILABILITY, (*value).to_owned())
            }
        };
        self.run(move |vault| vault.save_setting(name, &value)).await;
    }
}
