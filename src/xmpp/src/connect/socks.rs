//! Asking a SOCKS5 proxy for a connection (RFC 1928), under a name (RFC 1929).
//!
//! Our own, because the ready-made clients offer "no authentication" beside the name: a proxy that
//! takes it puts all accounts on one circuit, and nobody notices.

use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::proxy::ProxyError;
use crate::ProxyCredentials;

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const NAME_AND_PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xff;
/// The version of the exchange of name and password.
const LOGIN_VERSION: u8 = 1;
const CONNECT: u8 = 1;

/// Who we are to the proxy.
#[derive(Clone, Copy, Debug)]
pub(super) enum Login<'a> {
    /// This, or nothing.
    Required(&'a ProxyCredentials),
    /// This, if it wants any.
    IfAsked(&'a ProxyCredentials),
}

/// Asks for a connection to `host`, which the proxy looks up. Then `io` is that connection.
pub(super) async fn connect(
    io: &mut (impl AsyncRead + AsyncWrite + Unpin),
    host: &str,
    port: u16,
    login: Login<'_>,
) -> Result<(), ProxyError> {
    let (methods, credentials): (&[u8], _) = match login {
        Login::Required(credentials) => (&[NAME_AND_PASSWORD], credentials),
        Login::IfAsked(credentials) => (&[NAME_AND_PASSWORD, NO_AUTHENTICATION], credentials),
    };
    io.write_all(&[&[VERSION, length(methods)?], methods].concat()).await?;
    let [version, method] = read(io).await?;
    if version != VERSION {
        return Err(ProxyError::Strange("no SOCKS5".into()));
    }
    match method {
        NAME_AND_PASSWORD => log_in(io, credentials).await?,
        NO_AUTHENTICATION if methods.contains(&NO_AUTHENTICATION) => {}
        NONE_ACCEPTABLE => return Err(ProxyError::Refused),
        _ => return Err(ProxyError::Strange("an authentication nobody offered".into())),
    }
    let mut request = vec![VERSION, CONNECT, 0];
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
        Err(_) => {
            request.extend([3, length(host.as_bytes())?]);
            request.extend(host.as_bytes());
        }
    }
    request.extend(port.to_be_bytes());
    io.write_all(&request).await?;
    reply(io).await
}

async fn log_in(
    io: &mut (impl AsyncRead + AsyncWrite + Unpin),
    ProxyCredentials { user, password }: &ProxyCredentials,
) -> Result<(), ProxyError> {
    let (user, password) = (user.as_bytes(), password.as_bytes());
    if user.is_empty() || password.is_empty() {
        return Err(ProxyError::Refused);
    }
    let mut request = zeroize::Zeroizing::new(vec![LOGIN_VERSION, length(user)?]);
    request.extend(user);
    request.push(length(password)?);
    request.extend(password);
    io.write_all(&request).await?;
    match read(io).await? {
        [_, 0] => Ok(()),
        [_, _] => Err(ProxyError::Refused),
    }
}

/// Reads whether the connection stands, and from which address, which is of no interest.
async fn reply(io: &mut (impl AsyncRead + Unpin)) -> Result<(), ProxyError> {
    let [version, code, _, kind] = read(io).await?;
    if version != VERSION {
        return Err(ProxyError::Strange("no SOCKS5".into()));
    }
    match code {
        0 => {}
        2 => return Err(ProxyError::Strange("its rules forbid that".into())),
        // Its network, the host, its refusal, its silence.
        3..=6 => return Err(ProxyError::Unreachable),
        code => return Err(ProxyError::Strange(format!("SOCKS5 failure {code}"))),
    }
    let address_bytes = match kind {
        1 => 4,
        4 => 16,
        3 => {
            let [length] = read(io).await?;
            usize::from(length)
        }
        _ => return Err(ProxyError::Strange("an address of no kind".into())),
    };
    let mut rest = [0; 255 + 2];
    let rest = rest.get_mut(..address_bytes + 2).unwrap_or_default();
    io.read_exact(rest).await?;
    Ok(())
}

async fn read<const COUNT: usize>(
    io: &mut (impl AsyncRead + Unpin),
) -> Result<[u8; COUNT], ProxyError> {
    let mut bytes = [0; COUNT];
    io.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// A length in one byte; what is longer cannot be asked for.
fn length(bytes: &[u8]) -> Result<u8, ProxyError> {
    u8::try_from(bytes.len()).map_err(|_| ProxyError::Strange("a name too long to ask for".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What we say to a proxy that says this, and what comes of it.
    async fn exchange(
        host: &str,
        login: Login<'_>,
        send: &[u8],
    ) -> (Result<(), ProxyError>, Vec<u8>) {
        let (mut near, mut far) = tokio::io::duplex(4096);
        far.write_all(send).await.unwrap();
        far.shutdown().await.unwrap();
        let result = connect(&mut near, host, 5222, login).await;
        drop(near);
        let mut heard = Vec::new();
        far.read_to_end(&mut heard).await.unwrap();
        (result, heard)
    }

    fn credentials(user: &str, password: &str) -> ProxyCredentials {
        ProxyCredentials { user: user.into(), password: password.to_owned().into() }
    }

    const DONE: [u8; 10] = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

    #[tokio::test]
    async fn names_go_to_the_proxy_as_they_are() {
        let login = credentials("u", "pw");
        let send = [&[5, 2, 1, 0], &DONE[..]].concat();
        let (result, heard) = exchange("example.org", Login::Required(&login), &send).await;
        assert_eq!(result, Ok(()));
        let expected = [
            &[5, 1, 2, 1, 1][..],
            b"u",
            &[2],
            b"pw",
            &[5, 1, 0, 3, 11],
            b"example.org",
            &[0x14, 0x66],
        ];
        assert_eq!(heard, expected.concat());
    }

    #[tokio::test]
    async fn addresses_go_as_addresses() {
        let login = credentials("u", "pw");
        let send = [&[5, 0], &DONE[..]].concat();
        for (host, kind, bytes) in [("127.0.0.1", 1, 4), ("::1", 4, 16)] {
            let (result, heard) = exchange(host, Login::IfAsked(&login), &send).await;
            assert_eq!(result, Ok(()));
            assert_eq!(heard[..4], [5, 2, 2, 0]);
            assert_eq!((heard[7], heard.len()), (kind, 4 + 4 + bytes + 2));
        }
    }

    #[tokio::test]
    async fn a_proxy_that_wants_no_name_is_refused_where_the_name_is_what_isolates() {
        let login = credentials("u", "pw");
        let send = [&[5, 0], &DONE[..]].concat();
        let (result, heard) = exchange("example.org", Login::Required(&login), &send).await;
        assert!(matches!(result, Err(ProxyError::Strange(_))));
        assert_eq!(heard, [5, 1, 2]);
    }

    #[tokio::test]
    async fn each_refusal_has_its_kind() {
        let login = credentials("u", "pw");
        let long = "x".repeat(256);
        let reply = |code: u8| [&[5, 2, 1, 0, 5, code, 0, 1][..], &[0; 6]].concat();
        for (send, expected) in [
            (vec![5, 0xff], ProxyError::Refused),
            (vec![5, 2, 1, 1], ProxyError::Refused),
            (reply(4), ProxyError::Unreachable),
            (reply(5), ProxyError::Unreachable),
            (reply(1), ProxyError::Strange("SOCKS5 failure 1".into())),
            (vec![5, 2, 1, 0, 5, 0, 0, 9], ProxyError::Strange("an address of no kind".into())),
            (b"HTTP/1.1 400 no".to_vec(), ProxyError::Strange("no SOCKS5".into())),
            (vec![5], ProxyError::Silent),
            (Vec::new(), ProxyError::Silent),
        ] {
            let (result, _) = exchange("example.org", Login::Required(&login), &send).await;
            assert_eq!(result, Err(expected), "{send:?}");
        }
        let (result, _) = exchange(&long, Login::Required(&login), &[5, 2, 1, 0]).await;
        assert!(matches!(result, Err(ProxyError::Strange(_))));
        for (user, password) in [("", "x"), ("x", ""), (&*long, "x"), ("x", &*long)] {
            let login = credentials(user, password);
            let (result, heard) = exchange("example.org", Login::Required(&login), &[5, 2]).await;
            assert!(matches!(result, Err(ProxyError::Refused | ProxyError::Strange(_))));
            assert_eq!(heard, [5, 1, 2]);
        }
    }

    #[tokio::test]
    async fn a_name_for_an_address_is_read_over() {
        let login = credentials("u", "pw");
        let send = [&[5, 2, 1, 0, 5, 0, 0, 3, 3][..], b"abc", &[0, 0], b"<rest/>"].concat();
        let (mut near, mut far) = tokio::io::duplex(4096);
        far.write_all(&send).await.unwrap();
        connect(&mut near, "example.org", 5222, Login::Required(&login)).await.unwrap();
        let mut rest = [0; 7];
        near.read_exact(&mut rest).await.unwrap();
        assert_eq!(&rest, b"<rest/>");
    }
}
