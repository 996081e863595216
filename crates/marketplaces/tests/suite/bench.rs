//! What a behaviour is, who shows which, and the table of all of them.

use crate::behave;
use crate::desk::Desk;
use crate::stand::Stand;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use marketplaces::{Capabilities, MarketError, Marketplace};
use std::fmt::{Debug, Write as _};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// A claim of a marketplace: a flag or a number of its capabilities, or that a function works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    Cancel,
    CancelNotBefore,
    PayLink,
    PayByApi,
    Push,
    SearchByReference,
    SplitOrders,
    AsynchronousCreate,
    LinesPerOrder,
    OneSellerPerOrder,
    AddressCharacters,
    NoteCharacters,
    SavedAddresses,
    Refunds,
    OrdersHaveOwnIds,
    ReadsOtherNumbers,
    Prolong,
}

impl Claim {
    pub const ALL: &[Self] = &[
        Self::Cancel,
        Self::CancelNotBefore,
        Self::PayLink,
        Self::PayByApi,
        Self::Push,
        Self::SearchByReference,
        Self::SplitOrders,
        Self::AsynchronousCreate,
        Self::LinesPerOrder,
        Self::OneSellerPerOrder,
        Self::AddressCharacters,
        Self::NoteCharacters,
        Self::SavedAddresses,
        Self::Refunds,
        Self::OrdersHaveOwnIds,
        Self::ReadsOtherNumbers,
        Self::Prolong,
    ];

    /// Does the marketplace claim this? Taken apart field by field, so that a new capability must
    /// find its place here.
    pub fn is_made(self, market: &dyn Marketplace) -> bool {
        let Capabilities {
            cancel,
            cancel_not_before_seconds,
            pay_link_orders,
            pay_by_api_orders,
            push,
            search_by_reference,
            split_orders,
            asynchronous_create,
            lines_per_order,
            one_seller_per_order,
            address_characters,
            note_characters,
            saved_addresses,
            refunds,
            orders_have_own_ids,
            reads_other_numbers,
        } = *market.capabilities();
        match self {
            Self::Cancel => cancel,
            Self::CancelNotBefore => cancel && cancel_not_before_seconds > 0,
            Self::PayLink => pay_link_orders.is_some(),
            Self::PayByApi => pay_by_api_orders.is_some(),
            Self::Push => push,
            Self::SearchByReference => search_by_reference,
            Self::SplitOrders => split_orders,
            Self::AsynchronousCreate => asynchronous_create,
            Self::LinesPerOrder => lines_per_order > 0,
            Self::OneSellerPerOrder => one_seller_per_order,
            Self::AddressCharacters => address_characters > 0,
            Self::NoteCharacters => note_characters > 0,
            Self::SavedAddresses => saved_addresses,
            Self::Refunds => refunds,
            Self::OrdersHaveOwnIds => orders_have_own_ids,
            Self::ReadsOtherNumbers => reads_other_numbers,
            Self::Prolong => market.prolong_days().is_some(),
        }
    }
}

/// What a behaviour found: nothing, or what is wrong.
pub type Shown = Result<(), String>;
pub type Run = for<'a> fn(&'a Desk) -> LocalBoxFuture<'a, Shown>;

/// One behaviour.
pub struct Behaviour {
    pub name: &'static str,
    /// Claims that it shows; it is asked for where all of them are made.
    pub shows: &'static [Claim],
    pub run: Run,
    /// What must hold where a claim is not made, as far as that can be seen.
    pub otherwise: Option<Run>,
}

/// `behaviour!("name", [Claim…], function)`, perhaps with `, else function`.
macro_rules! behaviour {
    ($name:literal, [$($claim:ident),*], $run:path) => {
        $crate::bench::Behaviour {
            name: $name,
            shows: &[$($crate::bench::Claim::$claim),*],
            run: |desk| Box::pin($run(desk)),
            otherwise: None,
        }
    };
    ($name:literal, [$($claim:ident),*], $run:path, else $otherwise:path) => {
        $crate::bench::Behaviour {
            otherwise: Some(|desk| Box::pin($otherwise(desk))),
            ..behaviour!($name, [$($claim),*], $run)
        }
    };
}
pub(crate) use behaviour;

/// Ends a behaviour with a sentence unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($sentence:tt)+) => {
        if !$condition {
            return Err(format!("{} (line {})", format_args!($($sentence)+), line!()));
        }
    };
}
pub(crate) use ensure;

/// What must have worked.
#[track_caller]
pub fn ok<T, E: Debug>(result: Result<T, E>, what: &str) -> Result<T, String> {
    let line = std::panic::Location::caller().line();
    result.map_err(|error| format!("{what}: {error:?} (line {line})"))
}

/// What must not have worked.
#[track_caller]
pub fn no<T>(result: Result<T, MarketError>, what: &str) -> Result<MarketError, String> {
    let line = std::panic::Location::caller().line();
    match result {
        Ok(_) => Err(format!("{what}: this worked (line {line})")),
        Err(error) => Ok(error),
    }
}

/// How a marketplace did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Shown,
    NotClaimed,
    /// There is nothing at this marketplace by which it could be shown.
    NoOccasion,
    Failed(String),
}

/// Shows one behaviour at a desk of its own.
pub fn verdict(market: &Arc<dyn Marketplace>, stand: &'static Stand, of: &Behaviour) -> Verdict {
    let claimed = of.shows.iter().all(|claim| claim.is_made(&**market));
    let (run, verdict) = if claimed {
        (of.run, Verdict::Shown)
    } else if let Some(otherwise) = of.otherwise {
        (otherwise, Verdict::NotClaimed)
    } else {
        return Verdict::NotClaimed;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let story = async {
        let desk = Desk::new(market.clone(), stand).await;
        run(&desk).await
    };
    let end = runtime.block_on(AssertUnwindSafe(story).catch_unwind());
    if stand.lacks.contains(&of.name) {
        return match end {
            Ok(Ok(())) => Verdict::Failed("there is an occasion after all".to_owned()),
            _ => Verdict::NoOccasion,
        };
    }
    match end {
        Ok(Ok(())) => verdict,
        Ok(Err(why)) => Verdict::Failed(why),
        Err(fall) => {
            let text = fall.downcast_ref::<String>().cloned();
            Verdict::Failed(text.unwrap_or_else(|| "something fell".to_owned()))
        }
    }
}

/// Marketplace × behaviour.
pub struct Table {
    markets: Vec<&'static str>,
    rows: Vec<(&'static str, Vec<Verdict>)>,
}

impl Table {
    pub fn of(everyone: &[(Arc<dyn Marketplace>, &'static Stand)]) -> Self {
        let columns: Vec<Vec<Verdict>> = std::thread::scope(|scope| {
            let shows: Vec<_> = everyone
                .iter()
                .map(|(market, stand)| {
                    scope.spawn(move || {
                        behave::all()
                            .iter()
                            .map(|behaviour| verdict(market, stand, behaviour))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            shows.into_iter().map(|show| show.join().unwrap()).collect()
        });
        Self {
            markets: everyone.iter().map(|(market, _)| market.name()).collect(),
            rows: behave::all()
                .iter()
                .enumerate()
                .map(|(at, behaviour)| {
                    let row = columns.iter().map(|column| column[at].clone()).collect();
                    (behaviour.name, row)
                })
                .collect(),
        }
    }

    pub fn failures(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, row) in &self.rows {
            for (market, verdict) in self.markets.iter().zip(row) {
                if let Verdict::Failed(why) = verdict {
                    found.push(format!("{market}, {name}: {why}"));
                }
            }
        }
        found
    }

    /// The table as it is printed, and as it stands in the documentation.
    pub fn text(&self) -> String {
        let mut out = format!("| behaviour | {} |\n", self.markets.join(" | "));
        writeln!(out, "|---|{}", "---|".repeat(self.markets.len())).unwrap();
        for (name, row) in &self.rows {
            let words: Vec<&str> = row
                .iter()
                .map(|verdict| match verdict {
                    Verdict::Shown => "shown",
                    Verdict::NotClaimed => "not claimed",
                    Verdict::NoOccasion => "no occasion",
                    Verdict::Failed(_) => "FAILED",
                })
                .collect();
            writeln!(out, "| {name} | {} |", words.join(" | ")).unwrap();
        }
        out
    }

    pub fn document(&self) -> String {
        format!(
            "# What every marketplace shows\n\n\
             Each connector shows these behaviours against its own sandbox, through the one trait \
             (`crates/marketplaces/tests/suite`). *Not claimed* means that its capabilities say so; where \
             that can be seen, the suite also checks that it is so. *No occasion*: the sandbox has no such goods. A test keeps this table true.\n\n{}",
            self.text()
        )
    }
}
