//! Instructions of every case on every text, counted by callgrind; part of a text's name as an argument chooses texts.

use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use diesel_doctor_sql_benchmarks::{Case, Text, texts};

/// Rounds of the two runs whose difference is the figure, so that what happens once falls out.
const SHORT: u64 = 20;
const LONG: u64 = 120;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [case, text, rounds] = arguments.as_slice() {
        return run(case.parse()?, text.parse()?, rounds.parse()?);
    }
    for (at, text) in texts().iter().enumerate() {
        if arguments.iter().all(|argument| text.name.contains(argument)) {
            table(at, text)?;
        }
    }
    Ok(())
}

fn run(case: usize, text: usize, rounds: u64) -> anyhow::Result<()> {
    let texts = texts();
    let (Some(case), Some(text)) = (Case::ALL.get(case), texts.get(text)) else { bail!("no such case or text") };
    for round in 0..rounds {
        case.run(&text.sql, round);
    }
    Ok(())
}

fn table(text: usize, named: &Text) -> anyhow::Result<()> {
    println!("\n{}, {} bytes", named.name, named.sql.len());
    let mut costs = Vec::new();
    for case in 0..Case::ALL.len() {
        costs.push(instructions(case, text, LONG)?.saturating_sub(instructions(case, text, SHORT)?) / (LONG - SHORT));
    }
    let cost = |case: Case| {
        Case::ALL.iter().position(|&known| known == case).and_then(|at| costs.get(at)).copied().unwrap_or(0)
    };
    for &case in Case::ALL {
        let own = cost(case).saturating_sub(case.preparation().map_or(0, cost));
        println!(
            "{:<22}{own:>12}{:>9.2} × hash{:>9.2} × tokenizer{:>9.2} × parser",
            case.name(),
            own as f64 / cost(Case::Hash) as f64,
            own as f64 / cost(Case::Tokenizer) as f64,
            own as f64 / cost(Case::Parser) as f64,
        );
    }
    Ok(())
}

fn instructions(case: usize, text: usize, rounds: u64) -> anyhow::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args([case.to_string(), text.to_string(), rounds.to_string()])
        .output()
        .context("valgrind is needed")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected : "));
    collected.and_then(|(_, figure)| figure.trim().parse().ok()).context("callgrind says what it collected")
}
