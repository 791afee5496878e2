//! What stories share: throw-away servers, real peers, a display.
