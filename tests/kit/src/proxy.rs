//! Proxies that tell whom they were asked for and by whom.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// What a proxy was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Name and password.
    pub login: Option<(String, String)>,
    /// As it was written, not looked up.
    pub host: String,
    /// There.
    pub port: u16,
}

/// How a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RFC 1928, with the name and password of RFC 1929.
    Socks5,
    /// Wants no name, whatever is offered.
    AnonymousSocks5,
    /// The method CONNECT of RFC 9110.
    Http,
}

/// A proxy that leads wherever the test wants.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: AbortHandle,
}

impl Proxy {
    /// Leads to `target` whoever asks for this port, and refuses every other. Knows only this
    /// login, if there is one.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn new(
        kind: Kind,
        login: Option<(&str, &str)>,
        port_asked: u16,
        target: u16,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&asked);
        let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (list, login) = (Arc::clone(&list), login.clone());
                tokio::spawn(async move {
                    let asked = match kind {
                        Kind::Http => http(&mut near).await,
                        Kind::Socks5 => socks(&mut near, false, login.as_ref()).await,
                        Kind::AnonymousSocks5 => socks(&mut near, true, None).await,
                    };
                    let Some(asked) = asked else { return };
                    let known = login.is_none() || asked.login == login;
                    let open = asked.port == port_asked;
                    list.lock().unwrap().push(asked);
                    answer(&mut near, kind, known, open).await;
                    if !(known && open) {
                        return;
                    }
                    let mut far = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self { port, asked, task: task.abort_handle() }
    }

    /// What it was asked for until now.
    ///
    /// # Panics
    /// When a connection did.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads a request of RFC 1928; `None` for whom it does not know.
async fn socks(
    io: &mut TcpStream,
    anonymous: bool,
    known: Option<&(String, String)>,
) -> Option<Asked> {
    assert_eq!(io.read_u8().await.ok()?, 5);
    let mut methods = vec![0; usize::from(io.read_u8().await.ok()?)];
    io.read_exact(&mut methods).await.ok()?;
    let mut login = None;
    if anonymous {
        io.write_all(&[5, 0]).await.ok()?;
    } else {
        assert!(methods.contains(&2), "no name is offered");
        io.write_all(&[5, 2]).await.ok()?;
        assert_eq!(io.read_u8().await.ok()?, 1);
        let pair = (text(io).await?, text(io).await?);
        let refused = known.is_some_and(|known| *known != pair);
        io.write_all(&[1, u8::from(refused)]).await.ok()?;
        if refused {
            return None;
        }
        login = Some(pair);
    }
    let mut head = [0; 4];
    io.read_exact(&mut head).await.ok()?;
    assert_eq!(head[..3], [5, 1, 0]);
    let host = match head[3] {
        1 => std::net::Ipv4Addr::from(io.read_u32().await.ok()?).to_string(),
        3 => text(io).await?,
        kind => panic!("an address of kind {kind}"),
    };
    Some(Asked { login, host, port: io.read_u16().await.ok()? })
}

async fn text(io: &mut TcpStream) -> Option<String> {
    let mut bytes = vec![0; usize::from(io.read_u8().await.ok()?)];
    io.read_exact(&mut bytes).await.ok()?;
    String::from_utf8(bytes).ok()
}

/// Reads a request of RFC 9110.
async fn http(io: &mut TcpStream) -> Option<Asked> {
    let mut lines = BufReader::new(io).lines();
    let request = lines.next_line().await.ok()??;
    let place = request.strip_prefix("CONNECT ")?.strip_suffix(" HTTP/1.1")?.to_owned();
    let (host, port) = place.rsplit_once(':')?;
    let mut login = None;
    loop {
        let line = lines.next_line().await.ok()??;
        if line.is_empty() {
            return Some(Asked { login, host: host.to_owned(), port: port.parse().ok()? });
        }
        if let Some(encoded) = line.strip_prefix("Proxy-Authorization: Basic ") {
            let pair = String::from_utf8(BASE64.decode(encoded).ok()?).ok()?;
            let (user, password) = pair.split_once(':')?;
            login = Some((user.to_owned(), password.to_owned()));
        }
    }
}

async fn answer(io: &mut TcpStream, kind: Kind, known: bool, open: bool) {
    let answer = match (kind, known, open) {
        (Kind::Http, false, _) => b"HTTP/1.1 407 Who?\r\n\r\n".to_vec(),
        (Kind::Http, true, true) => b"HTTP/1.1 200 Connected\r\n\r\n".to_vec(),
        (Kind::Http, true, false) => b"HTTP/1.1 502 Bad Gateway\r\n\r\n".to_vec(),
        (_, _, open) => vec![5, if open { 0 } else { 5 }, 0, 1, 0, 0, 0, 0, 0, 0],
    };
    let _ = io.write_all(&answer).await;
}
