//! `doctor`: looks for what is wrong with this installation and says it in plain words, with what
//! can be done. Changes nothing.

mod checks;

use crate::config::Settings;
use std::process::ExitCode;

/// How a look ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Grade {
    /// As it should be.
    Good,
    /// Works, but a person should know.
    Note,
    /// Something does not work or will be lost.
    Bad,
}

/// What a look found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Finding {
    /// How bad it is.
    pub grade: Grade,
    /// In plain words: what is, what follows, what to do.
    pub text: String,
}

impl Finding {
    fn good(text: impl Into<String>) -> Self {
        Self {
            grade: Grade::Good,
            text: text.into(),
        }
    }

    fn note(text: impl Into<String>) -> Self {
        Self {
            grade: Grade::Note,
            text: text.into(),
        }
    }

    fn bad(text: impl Into<String>) -> Self {
        Self {
            grade: Grade::Bad,
            text: text.into(),
        }
    }
}

/// Looks, and prints what was found. Fails when something is bad.
pub(crate) async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let findings = checks::all(settings).await;
    for finding in &findings {
        let word = match finding.grade {
            Grade::Good => "good ",
            Grade::Note => "note ",
            Grade::Bad => "WRONG",
        };
        println!("{word}  {}", finding.text.replace('\n', "\n       "));
    }
    let worst = findings
        .iter()
        .map(|finding| finding.grade)
        .max()
        .unwrap_or(Grade::Good);
    println!();
    Ok(match worst {
        Grade::Good | Grade::Note => {
            println!("Nothing is wrong.");
            ExitCode::SUCCESS
        }
        Grade::Bad => {
            println!("Something is wrong; see above.");
            ExitCode::FAILURE
        }
    })
}
