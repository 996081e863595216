//! `orders import`: takes in a file, and tells of every order what became of it.

use super::{refused, say};
use crate::assemble;
use crate::config::Settings;
use anyhow::Context as _;
use app::order::{ImportFault, ImportOutcome, ImportReport, import};
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;
use world::World;

/// Orders of which the report tells one by one where all went well.
const TOLD: usize = 20;

/// Takes in the orders of `file` (`-` = standard input).
pub(crate) async fn orders_import(settings: &Settings, file: &Path) -> anyhow::Result<ExitCode> {
    let text = read(file)?;
    let app = assemble::open(settings, World::system()).await?;
    app.store.migrate().await?;
    let report = import(&app.program("command line"), &text)
        .await
        .map_err(refused)?;
    app.store.close().await;
    print!("{}", told(&file.display().to_string(), &report));
    Ok(if report.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read(file: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("standard input")?;
    } else {
        bytes =
            std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    }
    let text = String::from_utf8(bytes)
        .with_context(|| format!("{} is not UTF-8 text", file.display()))?;
    // Some programs begin a file with a mark of its encoding.
    Ok(text
        .strip_prefix('\u{FEFF}')
        .map_or(text.clone(), str::to_owned))
}

/// The report as text: what was wrong comes first where a person looks, at the end.
fn told(file: &str, report: &ImportReport) -> String {
    let mut good = String::new();
    let mut bad = String::new();
    let (mut created, mut unchanged, mut paid, mut refused) = (0, 0, 0, 0);
    for fault in &report.faults {
        fault_line(&mut bad, file, fault);
    }
    for order in &report.orders {
        let number = order
            .number
            .as_deref()
            .unwrap_or("an order without a number");
        let word = match &order.outcome {
            ImportOutcome::Created => {
                created += 1;
                "taken in".to_owned()
            }
            ImportOutcome::Unchanged => {
                unchanged += 1;
                "known, nothing changed".to_owned()
            }
            ImportOutcome::PaymentRecorded { amount } => {
                paid += 1;
                format!("known, a payment of {} was recorded", amount.as_text())
            }
            ImportOutcome::Differs { differences } => {
                refused += 1;
                line(
                    &mut bad,
                    &format!(
                        "{file}:{}: {number} is known with other content and was left as it is:",
                        order.place.line
                    ),
                );
                for difference in differences {
                    let shown = |value: &Option<String>| {
                        value
                            .as_ref()
                            .map_or_else(|| "nothing".to_owned(), |text| format!("{text:?}"))
                    };
                    line(
                        &mut bad,
                        &format!(
                            "    {}: was {}, is {}",
                            difference.field,
                            shown(&difference.was),
                            shown(&difference.is)
                        ),
                    );
                }
                continue;
            }
            ImportOutcome::Faulty { faults } => {
                refused += 1;
                line(
                    &mut bad,
                    &format!("{file}:{}: {number} was not taken in:", order.place.line),
                );
                for fault in faults {
                    fault_line(&mut bad, file, fault);
                }
                continue;
            }
            ImportOutcome::NotStored { error } => {
                refused += 1;
                line(
                    &mut bad,
                    &format!(
                        "{file}:{}: {number} could not be stored ({error}); import the file again",
                        order.place.line
                    ),
                );
                continue;
            }
        };
        if report.orders.len() <= TOLD {
            line(&mut good, &format!("{number}: {word}"));
        }
    }
    let sum = format!(
        "{created} taken in, {paid} payments recorded, {unchanged} unchanged, {refused} refused"
    );
    format!("{good}{bad}{sum}\n")
}

fn fault_line(out: &mut String, file: &str, fault: &ImportFault) {
    let field = if fault.field.is_empty() {
        String::new()
    } else {
        format!("{}: ", fault.field)
    };
    line(
        out,
        &format!(
            "{file}:{}:{}: {field}{}",
            fault.place.line,
            fault.place.column,
            say(&fault.message)
        ),
    );
}

fn line(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}
