//! A door on loopback and a client that says exactly what it is told to: faults are made of bytes.

use intake::http::{Append, Appending, Limits, NotAppended, Taken, Tokens, routes, serve};
use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::{Notify, oneshot};

/// A token of kr-customs, and one of jp-coastguard and kr-navy.
pub(crate) const TOKENS: &str = r#"
    [[token]]
    name = "kr-customs"
    token = "0123456789abcdef-kr"
    sources = ["kr-customs"]
    [[token]]
    name = "jp"
    sha256 = "9f4bd9bfd2ee7cbcd1a5e9c8c9dc9a50ffbbd2fe4a0b6e5c6d6ae3d7c1d6d9aa"
    sources = ["jp-coastguard", "kr-navy"]
    [[token]]
    name = "us"
    token = "0123456789abcdef-us"
    sources = ["us-cbp"]
"#;
pub(crate) const KR: &str = "0123456789abcdef-kr";
pub(crate) const US: &str = "0123456789abcdef-us";

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// What becomes of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They last at once.
    Lasting,
    /// They wait until [`Store::release`].
    Waiting,
    /// They cannot be kept.
    Failing,
}

/// Takes messages in memory.
pub(crate) struct Store {
    mode: Mode,
    messages: Mutex<Vec<Taken>>,
    turned_away: Mutex<Vec<&'static str>>,
    /// Appends that have begun.
    begun: (Mutex<usize>, Condvar),
    gate: Arc<Notify>,
}

impl Store {
    pub(crate) fn new(mode: Mode) -> Arc<Self> {
        let begun = (Mutex::new(0), Condvar::new());
        Arc::new(Self { mode, messages: Mutex::default(), turned_away: Mutex::default(), begun, gate: Arc::default() })
    }

    pub(crate) fn messages(&self) -> Vec<Taken> {
        self.messages.lock().unwrap().clone()
    }

    /// Why messages were turned away.
    pub(crate) fn turned_away(&self) -> Vec<&'static str> {
        self.turned_away.lock().unwrap().clone()
    }

    /// Waits until so many appends have begun.
    pub(crate) fn await_appends(&self, count: usize) {
        let (begun, changed) = &self.begun;
        let (begun, timeout) = changed.wait_timeout_while(begun.lock().unwrap(), PATIENCE, |begun| *begun < count).unwrap();
        assert!(!timeout.timed_out(), "{begun} appends, not {count}");
    }

    pub(crate) fn release(&self) {
        self.gate.notify_one();
    }
}

struct Door(Arc<Store>);

impl Append for Door {
    fn append(&self, messages: Vec<Taken>) -> Appending {
        let store = Arc::clone(&self.0);
        Box::pin(async move {
            *store.begun.0.lock().unwrap() += 1;
            store.begun.1.notify_all();
            match store.mode {
                Mode::Lasting => {}
                Mode::Waiting => store.gate.notified().await,
                Mode::Failing => return Err(NotAppended { reason: "the log is away".to_owned(), retry_after: Duration::from_secs(7) }),
            }
            store.messages.lock().unwrap().extend(messages);
            Ok(())
        })
    }

    fn turned_away(&self, reason: &'static str) {
        self.0.turned_away.lock().unwrap().push(reason);
    }
}

/// A server on loopback; it stops when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Server {
    pub(crate) fn start(store: &Arc<Store>, limits: Limits) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (told, address) = std::sync::mpsc::channel();
        let routes = routes(Door(Arc::clone(store)), Tokens::parse(TOKENS).unwrap(), limits);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
                told.send(listener.local_addr()?).unwrap();
                serve(listener, routes, limits, async { drop(stopped.await) }).await
            })
        });
        Self { address: address.recv_timeout(PATIENCE).unwrap(), stop: Some(stop), thread: Some(thread) }
    }

    /// Tells the server to stop; whether it has is [`Server::join`].
    pub(crate) fn stop(&mut self) {
        self.stop.take();
    }

    pub(crate) fn join(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }

    pub(crate) fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Client { stream, read: Vec::new() }
    }

    /// One request on a connection of its own.
    pub(crate) fn ask(&self, head: &str, body: &[u8]) -> Answer {
        let mut client = self.connect();
        client.send(&request(head, body));
        client.answer()
    }

    /// A post with a token, a content type and a body.
    pub(crate) fn post(&self, token: &str, content_type: &str, body: &[u8]) -> Answer {
        self.ask(&format!("POST /api/v1/events\nauthorization: Bearer {token}\ncontent-type: {content_type}"), body)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// A request from its head, a line each, and its body.
pub(crate) fn request(head: &str, body: &[u8]) -> Vec<u8> {
    let mut lines = head.lines();
    let mut text = format!("{} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n", lines.next().unwrap(), body.len());
    lines.for_each(|line| text.push_str(&format!("{line}\r\n")));
    [text.as_bytes(), b"\r\n", body].concat()
}

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Client {
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Sends what the server may not want to read to its end.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) {
        drop(self.stream.write_all(bytes));
    }

    /// Reads until the connection ends; an answer before that is in what was read.
    pub(crate) fn ended(&mut self) -> String {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
            Err(error) => panic!("the connection stays open: {error}"),
        }
        self.read.extend(rest);
        String::from_utf8_lossy(&self.read).into_owned()
    }

    /// Whether nothing has come back yet.
    pub(crate) fn is_silent(&mut self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let read = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).unwrap();
        read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    pub(crate) fn answer(&mut self) -> Answer {
        let end = self.until(|read| read.windows(4).position(|window| window == b"\r\n\r\n").map(|place| place + 4));
        let head = String::from_utf8(self.read.drain(..end).collect()).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let fields: BTreeMap<String, String> =
            lines.map(|line| line.split_once(':').unwrap()).map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
        let length: usize = fields["content-length"].parse().unwrap();
        self.until(|read| (read.len() >= length).then_some(length));
        let body = String::from_utf8(self.read.drain(..length).collect()).unwrap();
        Answer { status, fields, body }
    }

    fn until(&mut self, found: impl Fn(&[u8]) -> Option<usize>) -> usize {
        loop {
            if let Some(place) = found(&self.read) {
                return place;
            }
            let mut chunk = [0; 4_096];
            let count = self.stream.read(&mut chunk).unwrap();
            assert!(count > 0, "the connection ended: {}", String::from_utf8_lossy(&self.read));
            self.read.extend(&chunk[..count]);
        }
    }
}
