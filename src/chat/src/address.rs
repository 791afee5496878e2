//! Where what we send goes. `D` names one device of the contact: in XMPP, its full JID.

/// Where something goes, or where it came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination<D> {
    /// One device (in XMPP, a full JID).
    Device(D),
    /// The contact, wherever they are (in XMPP, the bare JID).
    Contact,
}

impl<D> Destination<D> {
    /// The device, if it is one.
    #[must_use]
    pub const fn device(&self) -> Option<&D> {
        match self {
            Self::Device(device) => Some(device),
            Self::Contact => None,
        }
    }

    /// Whether it is one device.
    #[must_use]
    pub const fn is_device(&self) -> bool {
        self.device().is_some()
    }
}
