//! The lines of the practice partner.

use engine::PracticeScript;

use crate::t;

/// The lines of the practice partner, in the language of the window.
#[must_use]
pub fn practice_script() -> PracticeScript {
    PracticeScript {
        name: t!("practice-name"),
        greeting: t!("practice-greeting"),
        replies: vec![
            t!("practice-reply-one"),
            t!("practice-reply-two"),
            t!("practice-reply-three"),
        ],
        plain_replies: vec![t!("practice-plain-reply-one"), t!("practice-plain-reply-two")],
        plain_line: t!("practice-plain-line"),
        question: t!("practice-question"),
        answer: t!("practice-answer"),
    }
}
