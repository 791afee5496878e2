//! Stands between a link and its server, and can cut the wire.

use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A wire that can be cut.
pub(crate) struct Wire {
    /// Where the link connects to.
    pub(crate) port: u16,
    wires: Arc<Mutex<Vec<AbortHandle>>>,
    listener: AbortHandle,
}

impl Wire {
    /// Passes everything on to this port.
    pub(crate) async fn to(server_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let wires = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&wires);
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let wire = tokio::spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(("127.0.0.1", server_port)).await {
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                    }
                });
                all.lock().unwrap().push(wire.abort_handle());
            }
        });
        Self { port, wires, listener: task.abort_handle() }
    }

    /// Cuts every connection; new ones may follow.
    pub(crate) fn cut(&self) {
        for wire in self.wires.lock().unwrap().drain(..) {
            wire.abort();
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut();
        self.listener.abort();
    }
}
