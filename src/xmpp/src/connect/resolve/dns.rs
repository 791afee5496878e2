//! What we make of a DNS server's answers, with one of the tests' own.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{Name, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::*;

/// How long the resolver waits for one answer of ours.
const PATIENCE: Duration = Duration::from_millis(300);

/// What the server says to a question of one kind.
#[derive(Clone)]
enum Says {
    Nothing,
    Code(ResponseCode),
    Records(Vec<SRV>),
    /// That there is too much for a datagram; by TCP all of it, or nothing.
    TooMuch(Option<Vec<SRV>>),
    /// The first so many bytes of the records.
    Cut(usize, Vec<SRV>),
    /// An answer to somebody else's question.
    Stray(Vec<SRV>),
}

use Says::{Code, Cut, Nothing, Records, Stray, TooMuch};

fn srv(endpoint: &str, priority: u16) -> SRV {
    SRV::new(priority, 1, 5000 + priority, Name::from_ascii(endpoint).unwrap())
}

/// A server that speaks both transports.
struct Dns {
    direct: Says,
    starttls: Says,
}

impl Dns {
    fn answer(&self, question: &[u8], by_tcp: bool) -> Option<Vec<u8>> {
        let question = Message::from_vec(question).unwrap();
        let query = question.queries.first().unwrap().clone();
        let is_direct = query.name().to_ascii().starts_with("_xmpps-client._tcp.");
        let send = if is_direct { &self.direct } else { &self.starttls };
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        let name = query.name().clone();
        answer.add_query(query);
        let add = |answer: &mut Message, all: &[SRV]| {
            let record = |srv: &SRV| Record::from_rdata(name.clone(), 60, RData::SRV(srv.clone()));
            answer.add_answers(all.iter().map(record));
        };
        match send {
            Nothing => return None,
            Code(code) => answer.metadata.response_code = *code,
            Records(all) | Cut(_, all) => add(&mut answer, all),
            TooMuch(None) if by_tcp => return None,
            TooMuch(Some(all)) if by_tcp => add(&mut answer, all),
            TooMuch(_) => answer.metadata.truncation = true,
            Stray(all) => {
                add(&mut answer, all);
                answer.metadata.id = answer.metadata.id.wrapping_add(1);
            }
        }
        let mut bytes = answer.to_vec().unwrap();
        if let Cut(length, _) = send {
            bytes.truncate(*length);
        }
        Some(bytes)
    }

    async fn answer_datagrams(&self, socket: UdpSocket) {
        let mut question = [0; 4096];
        loop {
            let (count, from) = socket.recv_from(&mut question).await.unwrap();
            if let Some(answer) = self.answer(&question[..count], false) {
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    }

    async fn answer_stream(&self, mut stream: TcpStream) -> std::io::Result<()> {
        loop {
            let mut question = vec![0; usize::from(stream.read_u16().await?)];
            stream.read_exact(&mut question).await?;
            let Some(answer) = self.answer(&question, true) else { return Ok(()) };
            stream.write_u16(u16::try_from(answer.len()).unwrap()).await?;
            stream.write_all(&answer).await?;
        }
    }
}

/// Where to go if the server says so.
async fn found(direct: Says, starttls: Says) -> Vec<Endpoint> {
    let dns = Arc::new(Dns { direct, starttls });
    // One port for both transports.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    let datagrams = dns.answer_datagrams(socket);
    let streams = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let dns = Arc::clone(&dns);
            drop(tokio::spawn(async move { dns.answer_stream(stream).await }));
        }
    };
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = port;
        connection
    });
    let server = NameServerConfig::new(Ipv4Addr::LOCALHOST.into(), true, connections.to_vec());
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    let mut resolver = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
    (resolver.options_mut().timeout, resolver.options_mut().attempts) = (PATIENCE, 1);
    let resolver = resolver.build().unwrap();
    tokio::select! {
        endpoints = endpoints_by(&resolver, "example.org") => endpoints,
        () = datagrams => unreachable!(),
        () = streams => unreachable!(),
    }
}

fn told(endpoints: &[Endpoint]) -> Vec<(&str, u16, bool)> {
    endpoints
        .iter()
        .map(|endpoint| (endpoint.host.as_str(), endpoint.port, endpoint.direct_tls))
        .collect()
}

#[tokio::test]
async fn records_of_both_kinds_are_asked_for_and_mixed_by_priority() {
    let direct = vec![srv("c.example.org.", 30), srv("a.example.org.", 10)];
    let starttls = vec![srv("d.example.net.", 40), srv("b.example.net.", 20)];
    let endpoints = found(Records(direct), Records(starttls)).await;
    let expected = [
        ("a.example.org", 5010, true),
        ("b.example.net", 5020, false),
        ("c.example.org", 5030, true),
        ("d.example.net", 5040, false),
    ];
    assert_eq!(told(&endpoints), expected);
}

#[tokio::test]
async fn a_dot_takes_one_kind_or_all_away() {
    let dot = || Records(vec![srv(".", 0)]);
    let one = || Records(vec![srv("a.example.org.", 1)]);
    assert_eq!(told(&found(dot(), one()).await), [("a.example.org", 5001, false)]);
    assert_eq!(told(&found(one(), dot()).await), [("a.example.org", 5001, true)]);
    assert_eq!(found(dot(), dot()).await, []);
    assert_eq!(found(Code(ResponseCode::NXDomain), dot()).await, []);
}

#[tokio::test]
async fn without_an_answer_of_use_the_domain_itself_is_tried() {
    let usual = [fallback("example.org")];
    let one = || vec![srv("a.example.org.", 1)];
    for (what, send) in [
        ("no such name", Code(ResponseCode::NXDomain)),
        ("no records", Records(Vec::new())),
        ("a failure", Code(ResponseCode::ServFail)),
        ("a refusal", Code(ResponseCode::Refused)),
        ("silence", Nothing),
        ("half a header", Cut(5, one())),
        ("half a record", Cut(60, one())),
        ("nothing at all", Cut(0, one())),
        ("somebody else's answer", Stray(one())),
        ("too much, and nothing by TCP", TooMuch(None)),
    ] {
        assert_eq!(found(send.clone(), send).await, usual, "{what}");
    }
}

#[tokio::test]
async fn what_is_told_of_one_kind_holds_whatever_becomes_of_the_other() {
    let one = || Records(vec![srv("a.example.org.", 1)]);
    for other in [Nothing, Code(ResponseCode::ServFail), Cut(60, vec![srv("b.example.org.", 2)])] {
        let endpoints = found(one(), other.clone()).await;
        assert_eq!(told(&endpoints), [("a.example.org", 5001, true)]);
        let endpoints = found(other, one()).await;
        assert_eq!(told(&endpoints), [("a.example.org", 5001, false)]);
    }
}

#[tokio::test]
async fn of_far_too_many_records_some_are_tried() {
    let many = || (0..500).map(|number| srv(&format!("host{number}.example.org."), 1)).collect();
    let endpoints = found(TooMuch(Some(many())), Records(Vec::new())).await;
    assert_eq!(endpoints.len(), RECORDS_MAX);
    assert!(endpoints.iter().all(|endpoint| endpoint.direct_tls && endpoint.port == 5001));
    // In a datagram larger than any that was asked for.
    let endpoints = found(Records(many()), Records(Vec::new())).await;
    assert!(endpoints == [fallback("example.org")] || endpoints.len() == RECORDS_MAX);
}
