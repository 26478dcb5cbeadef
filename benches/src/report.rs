//! The results: as a table, as JSON; and the list of what can be measured.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::thread;

use serde_json::{Value, json};

use crate::harness::{Case, Kind, Outcome, Plan, Results};

/// The packages of this build.
const LOCK: &str = include_str!("../Cargo.lock");

/// Prints each case as it is done, then a line for every one.
pub fn table(
    out: &mut impl Write,
    plan: Plan,
    results: impl Iterator<Item = Results>,
) -> io::Result<()> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    writeln!(
        out,
        "{cores} cores; medians of {} rounds of about {} ms. '>' is rungs; '.' no product, \
         but a bound; '~' measured while others used the machine.",
        plan.rounds, plan.millis
    )?;
    let mut done = Vec::new();
    for case in results {
        group(out, &case)?;
        out.flush()?;
        done.push(case);
    }
    summary(out, &done)?;
    disturbances(out, &done)
}

fn group(out: &mut impl Write, case: &Results) -> io::Result<()> {
    writeln!(out, "\n{}: ns per {}", case.name, case.unit)?;
    writeln!(
        out,
        "  {:<42} {:>9} {:>7} {:>10} {:>12} {:>13}",
        "contestant", "ns/op", "spread", "cpu ns/op", "switches/op", "vs best peer"
    )?;
    for outcome in &case.outcomes {
        let mark = match outcome.kind {
            Kind::Rungs => '>',
            Kind::Peer => ' ',
            Kind::Bound => '.',
        };
        let doubt = match outcome.disturbed() * 2 > outcome.samples.len() {
            true => '~',
            false => ' ',
        };
        let ratio = case.ratio(outcome).map(|ratio| format!("{ratio:.2}x"));
        writeln!(
            out,
            "{mark} {:<42} {:>9} {:>6.0}%{doubt} {:>9} {:>12.4} {:>13}",
            outcome.name,
            figure(outcome.wall_ns()),
            outcome.spread() * 100.0,
            figure(outcome.cpu_ns()),
            outcome.switches(),
            ratio.unwrap_or_default(),
        )?;
    }
    Ok(())
}

/// A number with about three digits that count.
fn figure(value: f64) -> String {
    let decimals = match value {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

/// One line for each case: the quickest of ours, the quickest peer.
fn summary(out: &mut impl Write, cases: &[Results]) -> io::Result<()> {
    let mut lines = vec![["case", "rungs ns", "best peer ns", "ratio"].map(str::to_owned)];
    for case in cases {
        let cell = |kind| match case.best(kind) {
            Some(best) => format!("{} ({})", figure(best.wall_ns()), best.name),
            None => "none".to_owned(),
        };
        let ratio = case.best(Kind::Rungs).and_then(|best| case.ratio(best));
        let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        lines.push([
            case.name.clone(),
            cell(Kind::Rungs),
            cell(Kind::Peer),
            ratio,
        ]);
    }
    let width = |column: usize| {
        lines
            .iter()
            .map(|line| line[column].len())
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    writeln!(out)?;
    for [name, rungs, peer, ratio] in &lines {
        let [a, b, c] = widths;
        writeln!(out, "{name:<a$}  {rungs:<b$}  {peer:<c$}  {ratio:>6}")?;
    }
    Ok(())
}

/// Says how much of it all was measured while others used the machine.
fn disturbances(out: &mut impl Write, cases: &[Results]) -> io::Result<()> {
    let outcomes = || cases.iter().flat_map(|case| &case.outcomes);
    let disturbed: usize = outcomes().map(Outcome::disturbed).sum();
    let all: usize = outcomes().map(|outcome| outcome.samples.len()).sum();
    if disturbed == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "\n{disturbed} of {all} measurements were made while others used the machine, \
         and stayed so when repeated."
    )
}

/// Prints everything that was measured as one JSON object.
pub fn json(
    out: &mut impl Write,
    plan: Plan,
    results: impl Iterator<Item = Results>,
) -> io::Result<()> {
    let cases: Vec<Value> = results.map(|case| case_json(&case)).collect();
    let report = json!({
        "cores": thread::available_parallelism().map_or(1, usize::from),
        "rounds": plan.rounds,
        "millis": plan.millis,
        "versions": versions(),
        "cases": cases,
    });
    writeln!(out, "{report:#}")
}

fn case_json(case: &Results) -> Value {
    let contestant = |outcome: &Outcome| {
        let kind = match outcome.kind {
            Kind::Rungs => "rungs",
            Kind::Peer => "peer",
            Kind::Bound => "bound",
        };
        let rounds: Vec<f64> = outcome.samples.iter().map(|s| s.wall_ns).collect();
        json!({
            "name": outcome.name,
            "kind": kind,
            "operations": outcome.operations,
            "ns": outcome.wall_ns(),
            "spread": outcome.spread(),
            "cpu_ns": outcome.cpu_ns(),
            "switches": outcome.switches(),
            "ratio": case.ratio(outcome),
            "rounds_ns": rounds,
            "disturbed": outcome.disturbed(),
        })
    };
    json!({
        "name": case.name,
        "unit": case.unit,
        "contestants": case.outcomes.iter().map(contestant).collect::<Vec<_>>(),
    })
}

/// The versions of this package's direct dependencies, out of its lock file.
fn versions() -> BTreeMap<&'static str, &'static str> {
    let packages = || LOCK.split("[[package]]").skip(1);
    let own = packages()
        .find(|package| field(package, "name") == Some(env!("CARGO_PKG_NAME")))
        .expect("the lock file has this package");
    let (_, dependencies) = own
        .split_once("dependencies = [")
        .expect("this package has dependencies");
    dependencies
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","))
        .filter_map(|dependency| {
            // A name that occurs twice has its version beside it.
            let (name, version) = dependency
                .split_once(' ')
                .map_or((dependency, None), |(name, version)| (name, Some(version)));
            packages()
                .filter(|package| field(package, "name") == Some(name))
                .filter_map(|package| field(package, "version"))
                .find(|found| version.is_none_or(|version| version == *found))
                .map(|version| (name, version))
        })
        .collect()
}

fn field(package: &'static str, key: &str) -> Option<&'static str> {
    package.lines().find_map(|line| {
        let value = line.strip_prefix(key)?.strip_prefix(" = \"")?;
        value.strip_suffix('"')
    })
}

/// Prints the cases and their contestants.
pub fn list(out: &mut impl Write, cases: &[Case]) -> io::Result<()> {
    for case in cases {
        let names: Vec<&str> = case.contestants.iter().map(|c| c.name).collect();
        writeln!(out, "{}: {}", case.name, names.join("; "))?;
    }
    Ok(())
}
