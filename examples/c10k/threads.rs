//! The server of threads: one for each connection. It speaks no more HTTP than it must, so it has
//! less to do for each request than the other.

use crate::process::tell_usage;
use crate::{BODY, Failure};
use std::io::{self, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Serves until the input ends.
pub(crate) fn serve() -> Result<(), Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    println!("{}", listener.local_addr()?);
    thread::spawn(move || accept(&listener));
    tell_usage()
}

fn accept(listener: &TcpListener) {
    loop {
        let Ok((stream, _)) = listener.accept() else {
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        let _ = stream.set_nodelay(true);
        // Where the machine bears no more threads, the connection is dropped, and so refused.
        let _ = thread::Builder::new().spawn(move || answer_all(stream));
    }
}

fn answer_all(stream: TcpStream) -> io::Result<()> {
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let (mut reader, mut writer) = (BufReader::with_capacity(1024, &stream), &stream);
    let (mut byte, mut end) = ([0], 0);
    while reader.read(&mut byte)? > 0 {
        // Only the blank line at the end of the head counts.
        end = match (byte[0], end) {
            (b'\r', 0 | 2) | (b'\n', 1 | 3) => end + 1,
            _ => 0,
        };
        if end == 4 {
            writer.write_all(answer.as_bytes())?;
            end = 0;
        }
    }
    Ok(())
}
