//! What needs a person: differences between what we meant and what stands at a marketplace.

use crate::words::words;

words! {
    /// Why a person must look.
    pub enum ExceptionKind {
        /// The purchase costs another amount than the booking.
        AmountDiffers = "amount_differs",
        /// A line has another specification than was booked.
        SpecificationDiffers = "specification_differs",
        /// A line has another quantity than was booked.
        QuantityDiffers = "quantity_differs",
        /// The purchase holds an item that was not booked, or lacks one that was.
        ItemDiffers = "item_differs",
        /// A price changed after the booking.
        PriceChanged = "price_changed",
        /// The freight changed after the booking.
        FreightChanged = "freight_changed",
        /// The purchase costs more than a person accepted: Pay is withheld.
        OverCeiling = "over_ceiling",
        /// A line was closed.
        LineClosed = "line_closed",
        /// The purchase was closed unpaid.
        ClosedUnpaid = "closed_unpaid",
        /// The purchase was closed after it was paid.
        ClosedAfterPayment = "closed_after_payment",
        /// Money went back.
        Refunded = "refunded",
        /// More orders carry a reference than its booking needs.
        SurplusOrder = "surplus_order",
        /// An order surfaced under a reference whose units were released or withdrawn.
        SurfacedAfterRelease = "surfaced_after_release",
        /// The marketplace refused the booking, and yet an order carries its reference.
        RefusedButExists = "refused_but_exists",
        /// Unbound without cancel: still alive at the marketplace.
        UnboundAlive = "unbound_alive",
        /// An order of this account that nobody knows.
        UnknownToUs = "unknown_to_us",
        /// A purchase that the marketplace no longer shows.
        MissingAtMarketplace = "missing_at_marketplace",
        /// Nobody can say whether the booking was placed; a person must decide.
        OutcomeUnknown = "outcome_unknown",
        /// The marketplace has been making the order for long, and still is.
        StillBuilding = "still_building",
        /// The outcome of a cancel is not known.
        CancelUnknown = "cancel_unknown",
        /// It was asked to be paid through the interface, and the marketplace does not show it paid.
        PayUnknown = "pay_unknown",
        /// It was paid while a cancel was under way.
        PaidWhileCancelling = "paid_while_cancelling",
        /// The time to pay is nearly over.
        PayDeadline = "pay_deadline",
    }
}

words! {
    /// What a person can do about it.
    pub enum ExceptionAction {
        /// Read the purchase or search again.
        LookAgain = "look_again",
        /// Take it as it is.
        Accept = "accept",
        /// Cancel at the marketplace.
        Cancel = "cancel",
        /// Adopt the order, with the units that are free.
        Adopt = "adopt",
        /// Bind it to items.
        Bind = "bind",
        /// Unbind the units.
        Unbind = "unbind",
        /// Unbind and book anew.
        BuyAgain = "buy_again",
        /// Mark the items as impossible to deliver.
        MarkUnavailable = "mark_unavailable",
        /// Mark the items as returned to the seller.
        MarkReturned = "mark_returned",
        /// Ask the customer.
        AskCustomer = "ask_customer",
        /// Release the units: it is not there.
        Release = "release",
        /// Open the marketplace's page for payment.
        Pay = "pay",
        /// Write to the seller on the marketplace.
        WriteToSeller = "write_to_seller",
    }
}

impl ExceptionKind {
    /// What a person can do about it, the most likely first.
    #[must_use]
    pub const fn actions(self) -> &'static [ExceptionAction] {
        use ExceptionAction as A;
        match self {
            Self::AmountDiffers | Self::PriceChanged | Self::FreightChanged | Self::OverCeiling => {
                &[A::Accept, A::WriteToSeller, A::AskCustomer, A::Cancel]
            }
            Self::SpecificationDiffers | Self::QuantityDiffers | Self::ItemDiffers => {
                &[A::WriteToSeller, A::Cancel, A::Unbind, A::Accept]
            }
            Self::LineClosed | Self::ClosedUnpaid => {
                &[A::BuyAgain, A::MarkUnavailable, A::AskCustomer]
            }
            Self::ClosedAfterPayment | Self::Refunded => {
                &[A::BuyAgain, A::MarkUnavailable, A::MarkReturned]
            }
            Self::SurplusOrder | Self::SurfacedAfterRelease | Self::RefusedButExists => {
                &[A::Cancel, A::Adopt, A::Bind]
            }
            Self::UnboundAlive => &[A::Cancel, A::LookAgain, A::Accept],
            Self::UnknownToUs => &[A::Bind, A::Cancel, A::Accept],
            Self::MissingAtMarketplace => &[A::LookAgain, A::Unbind],
            Self::OutcomeUnknown => &[A::LookAgain, A::Adopt, A::Release],
            Self::StillBuilding | Self::CancelUnknown => &[A::LookAgain, A::Cancel],
            Self::PayUnknown => &[A::LookAgain],
            Self::PaidWhileCancelling => &[A::WriteToSeller, A::Accept, A::Unbind],
            Self::PayDeadline => &[A::Pay, A::Cancel],
        }
    }

    /// Pay is withheld while such an exception is open.
    #[must_use]
    pub const fn withholds_pay(self) -> bool {
        matches!(
            self,
            Self::SpecificationDiffers
                | Self::QuantityDiffers
                | Self::ItemDiffers
                | Self::OverCeiling
                | Self::SurplusOrder
                | Self::SurfacedAfterRelease
                | Self::RefusedButExists
                | Self::UnboundAlive
                | Self::UnknownToUs
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exception_offers_something_to_do_and_nothing_twice() {
        for kind in ExceptionKind::ALL {
            let actions = kind.actions();
            assert!(!actions.is_empty(), "{kind}");
            for (index, action) in actions.iter().enumerate() {
                assert!(!actions[..index].contains(action), "{kind} {action}");
            }
        }
    }
}
