//! Rung 3, a program: small pictures of all pictures in a folder, made on all processors.
//!
//! ```text
//! cargo run --release --example thumbnails -- [FOLDER] [--size N] [--workers N]
//! ```
//!
//! The paths go through [`map`](ThreadPoolExecutor::map): lazily, a few ahead of what is done, and
//! in any order, so that one huge picture holds up no other. A picture that cannot be read is an
//! error in its place and costs nothing else. Ctrl-C drops the map: what nobody has begun is
//! cancelled, what is under way is finished, and no half-written file is left.
//!
//! Without a folder it makes one with pictures of its own, and checks what comes out.

mod args;
mod picture;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use args::{Args, Command};
use indicatif::ProgressBar;
use picture::Picture;
use rungs::executor::{Shutdown, ThreadPoolExecutor};
use rungs::future::TaskError;
use rungs::sync::CancelToken;
use tokio::runtime::{self, Runtime};

/// How many pictures it makes if there are none, and how large they are.
const OWN: usize = 60;
const WIDTH: usize = 800;
const HEIGHT: usize = 600;
/// One of them is broken.
const BROKEN: usize = 17;

/// What came of it.
#[derive(Default)]
struct Made {
    thumbnails: usize,
    /// How many pixels were read.
    pixels: usize,
    /// What could not be done, and why.
    failed: Vec<String>,
    /// Whether Ctrl-C ended it early.
    interrupted: bool,
}

fn main() -> ExitCode {
    let args = match args::parse() {
        Ok(Command::Run(args)) => args,
        Ok(Command::Help) => {
            print!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("thumbnails: {message}");
            return ExitCode::from(2);
        }
    };
    run(&args).unwrap_or_else(|error| {
        eprintln!("thumbnails: {error}");
        ExitCode::FAILURE
    })
}

fn run(args: &Args) -> io::Result<ExitCode> {
    let stop = CancelToken::new();
    let _signals = watch_for_ctrl_c(stop.clone())?;
    match &args.folder {
        Some(folder) => run_on(folder, args, &stop),
        None => run_on_own(args, &stop),
    }
}

/// Makes the thumbnails of a folder.
fn run_on(folder: &Path, args: &Args, stop: &CancelToken) -> io::Result<ExitCode> {
    let pictures = pictures_in(folder)?;
    println!("{}: {} pictures", folder.display(), pictures.len());
    let (made, took) = make(args, pictures, &folder.join("thumbnails"), stop)?;
    report(&made, took);
    Ok(match (made.interrupted, made.failed.is_empty()) {
        (true, _) => ExitCode::from(130),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::FAILURE,
    })
}

/// Makes a folder with pictures, makes their thumbnails, checks them, and removes it all.
fn run_on_own(args: &Args, stop: &CancelToken) -> io::Result<ExitCode> {
    let name = format!("rungs-thumbnails-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir(&folder)?;
    let checked = paint(args.workers, &folder, stop).and_then(|()| {
        let out = folder.join("thumbnails");
        let (made, took) = make(args, pictures_in(&folder)?, &out, stop)?;
        report(&made, took);
        check(args, &made, &out)
    });
    fs::remove_dir_all(&folder)?;
    checked
}

/// Makes the thumbnails, on as many threads as was asked for.
fn make(
    args: &Args,
    pictures: Vec<PathBuf>,
    out: &Path,
    stop: &CancelToken,
) -> io::Result<(Made, Duration)> {
    fs::create_dir_all(out)?;
    let pool = ThreadPoolExecutor::new(args.workers);
    let progress = ProgressBar::new(pictures.len() as u64);
    let began = Instant::now();

    let (out, size) = (out.to_owned(), args.size);
    let thumbnail = move |path: PathBuf| {
        shrink(&path, &out, size).map_err(|error| format!("{}: {error}", path.display()))
    };
    let mut made = Made::default();
    for result in pool.map(pictures, thumbnail).unordered() {
        match result {
            Ok(Ok(pixels)) => {
                made.thumbnails += 1;
                made.pixels += pixels;
            }
            Ok(Err(reason)) => made.failed.push(reason),
            Err(TaskError::Panicked(payload)) => made.failed.push(payload.to_string()),
            Err(other) => made.failed.push(other.to_string()),
        }
        progress.inc(1);
        if stop.is_cancelled() {
            made.interrupted = true;
            break; // the map is dropped, and cancels what nobody has begun
        }
    }
    pool.shutdown(Shutdown::Wait); // what is under way is finished
    progress.finish_and_clear();
    Ok((made, began.elapsed()))
}

/// Cancels the token on Ctrl-C, while the runtime is there.
fn watch_for_ctrl_c(stop: CancelToken) -> io::Result<Runtime> {
    let signals = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    signals.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    Ok(signals)
}

/// Makes one thumbnail; how many pixels the picture has.
fn shrink(path: &Path, out: &Path, size: usize) -> io::Result<usize> {
    let picture = Picture::read(path)?;
    let name = path.file_name().unwrap_or_default();
    picture.fit_into(size).write(&out.join(name))?;
    Ok(picture.width * picture.height)
}

/// The pictures of a folder, in order.
fn pictures_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut pictures = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("png"))
        {
            pictures.push(path);
        }
    }
    pictures.sort();
    Ok(pictures)
}

/// Fills a folder with pictures, one of which is broken.
fn paint(workers: usize, folder: &Path, stop: &CancelToken) -> io::Result<()> {
    let pool = ThreadPoolExecutor::new(workers);
    let out = folder.to_owned();
    let painted = pool.map(0..OWN, move |n| {
        Picture::painted(WIDTH, HEIGHT, n as u32).write(&out.join(format!("{n:03}.png")))
    });
    for result in painted {
        result.map_err(io::Error::other)??;
        if stop.is_cancelled() {
            break;
        }
    }
    fs::write(folder.join(format!("{BROKEN:03}.png")), "no picture")
}

fn report(made: &Made, took: Duration) {
    let seconds = took.as_secs_f64();
    println!(
        "{} thumbnails in {seconds:.2} s: {:.0} pictures and {:.1} megapixels a second{}",
        made.thumbnails,
        made.thumbnails as f64 / seconds,
        made.pixels as f64 / 1e6 / seconds,
        if made.interrupted {
            "; interrupted"
        } else {
            ""
        }
    );
    for reason in &made.failed {
        println!("  {reason}");
    }
}

/// Whether all of our own pictures but the broken one have thumbnails of the right size.
fn check(args: &Args, made: &Made, out: &Path) -> io::Result<ExitCode> {
    if made.interrupted {
        return Ok(ExitCode::from(130));
    }
    let thumbnails = pictures_in(out)?;
    let largest = args.size.min(WIDTH);
    let mut right = thumbnails.len() == OWN - 1 && made.failed.len() == 1;
    for path in &thumbnails {
        let Picture { width, height, .. } = Picture::read(path)?;
        right &= width == largest && height == (largest * HEIGHT / WIDTH).max(1);
    }
    if right {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("thumbnails: not what there should be");
    Ok(ExitCode::FAILURE)
}
