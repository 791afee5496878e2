//! Who may import whom, as a test.
