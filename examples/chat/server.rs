//! The server: a room, members, and what reads for them.

use rungs::actor::{Actor, ActorId, Addr, Context, Handler, Mailbox, Overflow, StopReason};
use rungs::sync::Mutex;
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// How many lines may wait for a client.
const BACKLOG: usize = 256;

/// A line, which all members share.
type Line = Arc<str>;

/// Who is in the room, by the member's id.
#[derive(Default)]
struct Room {
    members: HashMap<ActorId, (String, Addr<Member>)>,
}

struct Enter(String, Addr<Member>);
struct Say(ActorId, String);
struct Leave(ActorId);

impl Room {
    fn tell_all(&mut self, line: String) {
        let line = Line::from(line);
        for (_, member) in self.members.values() {
            // Who has just gone will be told of in a moment.
            let _ = member.tell(line.clone());
        }
    }
}

impl Actor for Room {}

impl Handler<Enter> for Room {
    type Reply = ();
    fn handle(&mut self, Enter(name, member): Enter, _cx: &mut Context<Self>) {
        let arrival = format!("* {name} is here");
        self.members.insert(member.id(), (name, member));
        self.tell_all(arrival);
    }
}

impl Handler<Say> for Room {
    type Reply = ();
    fn handle(&mut self, Say(member, text): Say, _cx: &mut Context<Self>) {
        if let Some((name, _)) = self.members.get(&member) {
            let line = format!("{name}: {text}");
            self.tell_all(line);
        }
    }
}

impl Handler<Leave> for Room {
    type Reply = ();
    fn handle(&mut self, Leave(member): Leave, _cx: &mut Context<Self>) {
        if let Some((name, _)) = self.members.remove(&member) {
            self.tell_all(format!("* {name} has gone"));
        }
    }
}

/// A connection: writes what its client is to hear.
struct Member {
    socket: TcpStream,
    room: Addr<Room>,
    id: Option<ActorId>,
}

impl Actor for Member {
    fn started(&mut self, cx: &mut Context<Self>) {
        self.id = Some(cx.id());
    }

    fn stopped(&mut self, _: &StopReason) {
        hang_up(&self.socket); // which ends the reading, too
        if let Some(id) = self.id {
            let _ = self.room.tell(Leave(id));
        }
    }
}

impl Handler<Line> for Member {
    type Reply = ();
    fn handle(&mut self, line: Line, cx: &mut Context<Self>) {
        // In one piece, or the system waits for an answer to the first.
        let line = format!("{line}\n");
        if self.socket.write_all(line.as_bytes()).is_err() {
            cx.kill();
        }
    }
}

/// Ends all reading and writing, also what waits for a client that does not read.
fn hang_up(socket: &TcpStream) {
    let _ = socket.shutdown(Shutdown::Both);
}

/// Starts the member of a connection, and reads for it until the client has gone. The first line is
/// the client's name.
fn serve(socket: &TcpStream, room: &Addr<Room>) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut lines = BufReader::new(socket.try_clone()?).lines();
    let member = Addr::builder()
        .dedicated_thread("chat-member")
        .mailbox(Mailbox::Bounded {
            capacity: BACKLOG,
            overflow: Overflow::DropOldest,
        })
        .start_actor(Member {
            socket: socket.try_clone()?,
            room: room.clone(),
            id: None,
        })
        .map_err(|failed| failed.error)?;
    if let Some(Ok(name)) = lines.next() {
        let _ = room.tell(Enter(name, member.clone()));
        for line in lines.map_while(Result::ok) {
            if line == "/quit" || room.tell(Say(member.id(), line)).is_err() {
                break;
            }
        }
    }
    hang_up(socket);
    member.stop();
    member.join();
    Ok(())
}

/// The connections there are; `None` when there are to be no more.
type Open = Arc<Mutex<Option<Vec<Arc<TcpStream>>>>>;

/// A server that listens until it is stopped.
pub(crate) struct Server {
    address: SocketAddr,
    room: Addr<Room>,
    open: Open,
    listener: JoinHandle<()>,
}

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = socket.local_addr()?;
        let room = Room::default().start();
        let open = Open::new(Mutex::new(Some(Vec::new())));
        let (doors, guests) = (room.clone(), open.clone());
        let listener = thread::spawn(move || {
            thread::scope(|s| {
                for connection in socket.incoming().filter_map(Result::ok) {
                    let connection = Arc::new(connection);
                    let Some(open) = &mut *guests.lock() else {
                        break;
                    };
                    open.retain(|guest| Arc::strong_count(guest) > 1);
                    open.push(connection.clone());
                    s.spawn(|| {
                        let connection = connection;
                        serve(&connection, &doors)
                    });
                }
            });
        });
        Ok(Self {
            address,
            room,
            open,
            listener,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Hangs up on all clients, and ends.
    pub(crate) fn stop(self) {
        let guests = self.open.lock().take().unwrap_or_default();
        guests.iter().for_each(|guest| hang_up(guest));
        // The listener waits for a connection: this is it.
        drop(TcpStream::connect(self.address));
        self.listener.join().expect("no connection panics");
        self.room.stop();
        self.room.join();
    }
}
