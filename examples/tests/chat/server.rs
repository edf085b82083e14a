//! A model that plays what was recorded.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// What the model does with one request.
#[derive(Clone, Copy)]
pub(crate) enum Play {
    /// Answers with a status and a recorded body.
    Says(u16, &'static str),
    /// Never answers.
    Hangs,
}

/// What the model was asked.
pub(crate) struct Request {
    /// The first line.
    pub(crate) line: String,
    /// The header `Authorization`.
    pub(crate) key: String,
    pub(crate) body: Value,
}

impl Request {
    /// The roles of the messages, in a line.
    pub(crate) fn roles(&self) -> String {
        let roles = self.messages().iter().map(|message| message["role"].as_str().unwrap());
        roles.collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn messages(&self) -> &[Value] {
        self.body["messages"].as_array().unwrap()
    }
}

/// A server on a port of this machine; one connection after the other, one request on each.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Receiver<Request>,
}

impl Server {
    /// Plays one thing for each request; then the script is over, and so is the server.
    pub(crate) fn play(script: &[Play]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        let script = script.to_vec();
        thread::spawn(move || serve(&listener, &script, &sender));
        Server { url, requests }
    }

    /// The next request; waits for it.
    pub(crate) fn next(&self) -> Request {
        self.requests.recv().expect("the script is longer than what was asked")
    }

    /// The requests that have come and were not taken.
    pub(crate) fn asked(&self) -> Vec<Request> {
        self.requests.try_iter().collect()
    }
}

fn serve(listener: &TcpListener, script: &[Play], requests: &Sender<Request>) {
    let mut hanging = Vec::new();
    for (play, stream) in script.iter().zip(listener.incoming()) {
        let mut stream = stream.unwrap();
        requests.send(read(&stream)).unwrap();
        match play {
            Play::Says(status, body) => {
                let length = body.len();
                let head = "Content-Type: application/json\r\nConnection: close";
                write!(stream, "HTTP/1.1 {status} Played\r\n{head}\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
            }
            Play::Hangs => hanging.push(stream),
        }
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut lines = std::iter::from_fn(|| {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        Some(line.trim_end().to_owned()).filter(|line| !line.is_empty())
    });
    let line = lines.next().unwrap();
    let (mut key, mut length) = (String::new(), 0);
    for header in lines {
        let (name, value) = header.split_once(": ").unwrap();
        match name.to_lowercase().as_str() {
            "authorization" => value.clone_into(&mut key),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request { line, key, body: serde_json::from_slice(&body).unwrap() }
}
