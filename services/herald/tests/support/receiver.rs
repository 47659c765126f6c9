//! A receiver on loopback that follows a script: for each request a behaviour, the last one for ever.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// What happens to a request.
#[derive(Clone, Debug)]
pub(crate) enum Does {
    /// A status, headers, and no body.
    Answers(u16, &'static [(&'static str, &'static str)]),
    /// Nothing, until the sender has gone.
    Hangs,
    /// The connection closes in the middle.
    Closes,
    /// The answer comes a byte at a time, so long apart.
    Drips(Duration),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) at: Instant,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// What it was answered, if it was.
    pub(crate) status: Option<u16>,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The idempotency key.
    pub(crate) fn id(&self) -> &str {
        self.headers.get("webhook-id").map_or("", String::as_str)
    }
}

/// Chooses what a request meets, by the request and its number.
pub(crate) type Script = Arc<dyn Fn(usize, &Got) -> Does + Send + Sync>;

/// The receiver; it serves until the process ends.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) port: u16,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    /// Listens and follows a script.
    pub(crate) fn new(script: Script) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), script)
    }

    pub(crate) fn on(listener: TcpListener, script: Script) -> Self {
        let port = listener.local_addr().unwrap().port();
        let receiver = Self { port, got: Arc::default() };
        let served = receiver.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (served, script) = (served.clone(), Arc::clone(&script));
                std::thread::spawn(move || served.serve(stream, &script));
            }
        });
        receiver
    }

    /// One that takes everything.
    pub(crate) fn willing() -> Self {
        Self::new(Arc::new(|_, _| Does::Answers(200, &[])))
    }

    /// One that does these things in order, and the last for ever.
    pub(crate) fn scripted(script: Vec<Does>) -> Self {
        Self::new(Arc::new(move |number, _| script[number.min(script.len() - 1)].clone()))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// Everything that came so far.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// Waits until something holds of what came; panics with it after a while.
    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&[Got]) -> bool) -> Vec<Got> {
        let began = Instant::now();
        loop {
            let got = self.got();
            if holds(&got) {
                return got;
            }
            let shown: Vec<_> = got.iter().map(|one| (one.id().to_owned(), one.status)).collect();
            assert!(began.elapsed() < Duration::from_secs(60), "waited for {what}; came: {shown:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn serve(&self, stream: TcpStream, script: &Script) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut stream = stream;
        while let Some(got) = read(&mut reader) {
            let number = {
                let mut all = self.got.lock().unwrap();
                all.push(got.clone());
                all.len() - 1
            };
            match script(number, &got) {
                Does::Answers(status, headers) => {
                    self.got.lock().unwrap()[number].status = Some(status);
                    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                    if stream.write_all(format!("HTTP/1.1 {status} x\r\n{headers}content-length: 0\r\n\r\n").as_bytes()).is_err() {
                        return;
                    }
                }
                Does::Hangs => {
                    let _gone = reader.read(&mut [0]);
                    return;
                }
                Does::Closes => {
                    let _half = stream.write_all(b"HTTP/1.1 200");
                    return;
                }
                Does::Drips(pause) => {
                    for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" {
                        std::thread::sleep(pause);
                        if stream.write_all(&[*byte]).is_err() {
                            return;
                        }
                    }
                    self.got.lock().unwrap()[number].status = Some(200);
                }
            }
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Got> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Got { at: Instant::now(), path, headers, body, status: None })
}
