//! Processes: this program again, spoken to by lines; and what the system knows of one.

use crate::Failure;
use std::fs;
use std::io::{self, BufRead, BufReader, Lines, Write};
use std::process::{self, ChildStdin, ChildStdout, Command, Stdio};

/// Files that are open beside the connections.
const OTHER_FILES: usize = 64;

/// This program in another role.
pub(crate) struct Child {
    child: process::Child,
    tells: Option<ChildStdin>,
    says: Lines<BufReader<ChildStdout>>,
}

impl Child {
    pub(crate) fn start(args: &[&str]) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let says = child.stdout.take().ok_or("it has an output")?;
        Ok(Self {
            tells: child.stdin.take(),
            says: BufReader::new(says).lines(),
            child,
        })
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> Result<String, Failure> {
        match self.says.next() {
            Some(line) => Ok(line?),
            None => Err(format!("it ended early: {}", self.child.wait()?).into()),
        }
    }

    pub(crate) fn tell(&mut self, what: &str) -> io::Result<()> {
        let mut tells = self.tells.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(tells, "{what}")
    }

    /// Lets it end, and waits for that.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        self.tells = None;
        match self.child.wait()? {
            status if status.success() => Ok(()),
            status => Err(status.to_string().into()),
        }
    }
}

/// Whatever ends this process early, ends those that it has started.
impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says what this process takes up whenever a line comes in, until there are no more.
pub(crate) fn tell_usage() -> Result<(), Failure> {
    for line in io::stdin().lines() {
        line?;
        let (memory, threads) = (status("VmRSS:"), status("Threads:"));
        println!("{memory} {threads}");
    }
    Ok(())
}

/// A figure that the system keeps about this process; 0 where it does not say.
fn status(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let figure = line.and_then(|line| line.split_whitespace().next());
    figure.and_then(|figure| figure.parse().ok()).unwrap_or(0)
}

/// Lets this process have as many connections open.
#[cfg(unix)]
pub(crate) fn allow_files(connections: usize) -> Result<(), Failure> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let wanted = (connections + OTHER_FILES) as u64;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    if limit.maximum.is_some_and(|maximum| maximum < wanted) {
        return Err(format!("too few files may be open: `ulimit -Hn {wanted}` is needed").into());
    }
    let raised = Rlimit {
        current: Some(wanted),
        maximum: limit.maximum,
    };
    Ok(setrlimit(Resource::Nofile, raised)?)
}

#[cfg(not(unix))]
pub(crate) fn allow_files(connections: usize) -> Result<(), Failure> {
    let _ = connections + OTHER_FILES;
    Ok(())
}
