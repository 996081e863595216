//! The gate: named points at which a simulation may stop, kill or delay whoever arrives.
//!
//! In production the gate is open and costs one virtual call. Nothing may be decided by it.

use std::future::Future;
use std::pin::Pin;

/// Where an actor stands when it reaches the gate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Point {
    /// About to open a write transaction.
    BeforeTransaction,
    /// The transaction's work is done, the commit not yet asked for.
    BeforeCommit,
    /// Committed, but the caller has not learnt it.
    AfterCommit,
    /// About to hand a request to the outside.
    BeforeSend,
    /// The request took effect outside; no answer yet.
    AfterEffect,
    /// The answer is here, the caller has not seen it.
    BeforeAnswer,
}

/// Lets actors through, or not.
pub trait Gate: Send + Sync {
    /// Returns when the actor may go on. A dropped future is a killed actor.
    fn reach(&self, point: Point) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Lets everyone through.
#[derive(Clone, Copy, Debug)]
pub struct OpenGate;

impl Gate for OpenGate {
    fn reach(&self, _point: Point) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}
