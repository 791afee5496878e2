//! Asking an HTTP proxy for a connection (`CONNECT`, RFC 9110 §9.3.6).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

use super::proxy::ProxyError;
use crate::ProxyCredentials;

/// No head of an answer is longer.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// Asks for a connection to `host`, which the proxy looks up. Then `io` is that connection.
pub(super) async fn connect(
    io: &mut (impl AsyncRead + AsyncWrite + Unpin),
    host: &str,
    port: u16,
    credentials: Option<&ProxyCredentials>,
) -> Result<(), ProxyError> {
    // Names come from the person or from a JID; none may add a line of its own.
    if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ProxyError::Strange("a name that cannot be asked for".into()));
    }
    let place =
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let mut request = Zeroizing::new(format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n"));
    if let Some(ProxyCredentials { user, password }) = credentials {
        let pair = Zeroizing::new(format!("{user}:{}", password.as_str()));
        let pair = Zeroizing::new(BASE64.encode(pair.as_bytes()));
        request.push_str("Proxy-Authorization: Basic ");
        request.push_str(&pair);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    io.write_all(request.as_bytes()).await?;
    match status(&head(io).await?) {
        Some(200..=299) => Ok(()),
        Some(401 | 407) => Err(ProxyError::Refused),
        Some(502..=504) => Err(ProxyError::Unreachable),
        Some(status) => Err(ProxyError::Strange(format!("HTTP status {status}"))),
        None => Err(ProxyError::Strange("no HTTP".into())),
    }
}

/// Reads up to the empty line and no further: what follows is the server's.
async fn head(io: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>, ProxyError> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == HEAD_BYTES_MAX {
            return Err(ProxyError::Strange("an endless answer".into()));
        }
        head.push(io.read_u8().await?);
    }
    Ok(head)
}

fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let mut words = str::from_utf8(line).ok()?.split(' ');
    words.next().filter(|word| word.starts_with("HTTP/1."))?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn exchange(host: &str, login: bool, send: &str) -> (Result<(), ProxyError>, String) {
        let (mut near, mut far) = tokio::io::duplex(64 * 1024);
        far.write_all(send.as_bytes()).await.unwrap();
        far.shutdown().await.unwrap();
        let credentials = ProxyCredentials { user: "u".into(), password: "pw".to_owned().into() };
        let result = connect(&mut near, host, 5223, login.then_some(&credentials)).await;
        drop(near);
        let mut heard = String::new();
        far.read_to_string(&mut heard).await.unwrap();
        (result, heard)
    }

    #[tokio::test]
    async fn the_name_goes_to_the_proxy_and_the_credentials_with_it() {
        let (result, heard) =
            exchange("example.org", true, "HTTP/1.1 200 OK\r\nX: y\r\n\r\n").await;
        assert_eq!(result, Ok(()));
        assert_eq!(
            heard,
            "CONNECT example.org:5223 HTTP/1.1\r\nHost: example.org:5223\r\n\
             Proxy-Authorization: Basic dTpwdw==\r\n\r\n"
        );
        let (result, heard) = exchange("::1", false, "HTTP/1.0 200 Connected\r\n\r\n").await;
        assert_eq!(result, Ok(()));
        assert_eq!(heard, "CONNECT [::1]:5223 HTTP/1.1\r\nHost: [::1]:5223\r\n\r\n");
    }

    #[tokio::test]
    async fn each_refusal_has_its_kind() {
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(HEAD_BYTES_MAX));
        for (send, expected) in [
            ("HTTP/1.1 407 Who?\r\n\r\n", ProxyError::Refused),
            ("HTTP/1.1 502 Gone\r\n\r\n", ProxyError::Unreachable),
            ("HTTP/1.1 403 No\r\n\r\n", ProxyError::Strange("HTTP status 403".into())),
            ("SSH-2.0-x\r\n\r\n", ProxyError::Strange("no HTTP".into())),
            ("HTTP/1.1 200 OK\r\n", ProxyError::Silent),
            (&endless, ProxyError::Strange("an endless answer".into())),
        ] {
            assert_eq!(exchange("example.org", true, send).await.0, Err(expected), "{send}");
        }
    }

    #[tokio::test]
    async fn a_name_adds_no_lines() {
        for host in ["a\r\nb", "", "a b", "ü"] {
            let (result, heard) = exchange(host, false, "").await;
            assert!(matches!(result, Err(ProxyError::Strange(_))) && heard.is_empty());
        }
    }
}
