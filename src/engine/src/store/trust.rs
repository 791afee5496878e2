//! What the person decided about keys: as the vault keeps it, and as everybody else says it.

use crate::message::{Doubt, Proof, Trust};

/// As everybody else says it.
pub(super) const fn told(kept: vault::Trust) -> Trust {
    match kept {
        vault::Trust::Undecided => Trust::Undecided,
        vault::Trust::First => Trust::First,
        vault::Trust::Accepted { at } => Trust::Accepted { at },
        vault::Trust::Verified { proof, at } => {
            let proof = match proof {
                vault::Proof::Question => Proof::Question,
                vault::Proof::SharedSecret => Proof::SharedSecret,
                vault::Proof::Compared => Proof::Compared,
                vault::Proof::Imported => Proof::Imported,
            };
            Trust::Verified { proof, at }
        }
        vault::Trust::Doubted { doubt, at } => {
            let doubt = match doubt {
                vault::Doubt::Differs => Doubt::Differs,
                vault::Doubt::NotMatched => Doubt::NotMatched,
                vault::Doubt::Withdrawn => Doubt::Withdrawn,
            };
            Trust::Doubted { doubt, at }
        }
    }
}

/// As the vault keeps it.
pub(super) const fn kept(told: Trust) -> vault::Trust {
    match told {
        Trust::Undecided => vault::Trust::Undecided,
        Trust::First => vault::Trust::First,
        Trust::Accepted { at } => vault::Trust::Accepted { at },
        Trust::Verified { proof, at } => {
            let proof = match proof {
                Proof::Question => vault::Proof::Question,
                Proof::SharedSecret => vault::Proof::SharedSecret,
                Proof::Compared => vault::Proof::Compared,
                Proof::Imported => vault::Proof::Imported,
            };
            vault::Trust::Verified { proof, at }
        }
        Trust::Doubted { doubt, at } => {
            let doubt = match doubt {
                Doubt::Differs => vault::Doubt::Differs,
                Doubt::NotMatched => vault::Doubt::NotMatched,
                Doubt::Withdrawn => vault::Doubt::Withdrawn,
            };
            vault::Trust::Doubted { doubt, at }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn what_was_decided_is_kept_as_it_is_told() {
        let at = SystemTime::UNIX_EPOCH;
        let proofs = [Proof::Question, Proof::SharedSecret, Proof::Compared, Proof::Imported];
        let doubts = [Doubt::Differs, Doubt::NotMatched, Doubt::Withdrawn];
        let all = [Trust::Undecided, Trust::First, Trust::Accepted { at }].into_iter();
        let all = all.chain(proofs.map(|proof| Trust::Verified { proof, at }));
        for trust in all.chain(doubts.map(|doubt| Trust::Doubted { doubt, at })) {
            assert_eq!(told(kept(trust)), trust);
        }
    }
}
