//! What the person prefers, whichever account they use.

use super::Store;

const TEXT_SIZE: &str = "text-size";

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
}
