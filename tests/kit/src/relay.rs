//! Stands between a client and its server, and can cut the wire.

use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// Passes bytes on unread. Its connections can be cut.
#[derive(Debug)]
pub struct Relay {
    /// Where the client connects to.
    pub port: u16,
    connections: Arc<Mutex<Vec<AbortHandle>>>,
    listener: AbortHandle,
}

impl Relay {
    /// Passes everything on to this port.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn to(server_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let connection = tokio::spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(("127.0.0.1", server_port)).await {
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                    }
                });
                all.lock().unwrap().push(connection.abort_handle());
            }
        });
        Self { port, connections, listener: task.abort_handle() }
    }

    /// Cuts every connection; new ones may follow.
    ///
    /// # Panics
    /// When a connection did.
    pub fn cut(&self) {
        for connection in self.connections.lock().unwrap().drain(..) {
            connection.abort();
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.cut();
        self.listener.abort();
    }
}
