//! The kinds of entries in an order's timeline.
//!
//! A kind says what changed; who changed it, from what and to what stand beside it in the entry.

use crate::words::words;

words! {
    /// The filter over the timeline.
    pub enum HistoryGroup {
        /// The order as a whole.
        Order = "order",
        /// Its items.
        Item = "item",
        /// Bookings.
        Booking = "booking",
        /// Purchases, their deliveries and exceptions.
        Purchase = "purchase",
        /// Parcels to the customer.
        Parcel = "parcel",
        /// The customer's payments.
        Payment = "payment",
        /// Sessions.
        Session = "session",
    }
}

words! {
    /// What changed.
    pub enum HistoryKind {
        /// The order came in.
        Imported = "imported",
        /// The order was changed by intake.
        OrderEdited = "order_edited",
        /// The order's derived status changed.
        OrderStatus = "order_status",
        /// A person closed the order.
        OrderClosed = "order_closed",
        /// A person cancelled the order.
        OrderCancelled = "order_cancelled",
        /// A person took back a close or a cancel.
        OrderReopened = "order_reopened",
        /// The dated exchange rate was set or changed.
        OrderRate = "order_rate",
        /// A message was sent to the customer or came from them.
        Message = "message",

        /// The customer's payment was recorded.
        PaymentRecorded = "payment_recorded",
        /// A recorded payment was taken back.
        PaymentReversed = "payment_reversed",

        /// An item's status changed.
        ItemStatus = "item_status",
        /// Units were split off into a new item.
        ItemSplit = "item_split",
        /// Item id, specification, seller or quantity was corrected.
        ItemCorrected = "item_corrected",
        /// Weight, configuration text or another detail was edited.
        ItemEdited = "item_edited",
        /// A comment was written.
        ItemCommented = "item_commented",
        /// A photo was added or removed.
        ItemPhoto = "item_photo",
        /// The expected marketplace price changed.
        ItemPrice = "item_price",

        /// A booking was planned and its units reserved.
        BookingPlanned = "booking_planned",
        /// The booking may be on its way to the marketplace.
        BookingSending = "booking_sending",
        /// The marketplace made the order.
        BookingPlaced = "booking_placed",
        /// The marketplace refused.
        BookingRefused = "booking_refused",
        /// One line was refused while others were placed.
        BookingLineRefused = "booking_line_refused",
        /// Nobody knows yet whether the marketplace made the order.
        BookingUnknown = "booking_unknown",
        /// Withdrawn before it was sent.
        BookingWithdrawn = "booking_withdrawn",
        /// A person released it after looking.
        BookingReleased = "booking_released",
        /// An order found at the marketplace was taken as its outcome.
        BookingAdopted = "booking_adopted",
        /// A person accepted prices or freight.
        PriceAccepted = "price_accepted",

        /// Units were bound to a purchase by hand.
        PurchaseBound = "purchase_bound",
        /// Units were unbound.
        PurchaseUnbound = "purchase_unbound",
        /// The purchase's status changed.
        PurchaseStatus = "purchase_status",
        /// Its price changed.
        PurchasePrice = "purchase_price",
        /// Its freight changed.
        PurchaseFreight = "purchase_freight",
        /// A line of it was closed.
        PurchaseLineClosed = "purchase_line_closed",
        /// Money went back.
        PurchaseRefund = "purchase_refund",
        /// It was paid.
        PurchasePaid = "purchase_paid",
        /// Paying through the interface was asked for.
        PurchasePayAsked = "purchase_pay_asked",
        /// The marketplace refused to pay it.
        PurchasePayRefused = "purchase_pay_refused",
        /// A cancel was asked for at the marketplace.
        CancelAsked = "cancel_asked",
        /// The marketplace refused the cancel.
        CancelRefused = "cancel_refused",
        /// The purchase was read as closed after a cancel.
        CancelDone = "cancel_done",
        /// The seller made a shipment.
        DeliveryAdded = "delivery_added",
        /// Carrier, tracking code or state of a shipment changed.
        DeliveryChanged = "delivery_changed",
        /// The warehouse received a shipment.
        DeliveryReceived = "delivery_received",
        /// Something needs a person.
        ExceptionOpened = "exception_opened",
        /// A person dealt with it, or it is gone.
        ExceptionClosed = "exception_closed",

        /// A parcel was made.
        ParcelCreated = "parcel_created",
        /// Its weight, size, service or tracking code was edited.
        ParcelEdited = "parcel_edited",
        /// Items were moved between parcels.
        ParcelItems = "parcel_items",
        /// Its status changed.
        ParcelStatus = "parcel_status",
        /// A draft was deleted.
        ParcelDeleted = "parcel_deleted",

        /// A session was connected or its authorisation renewed.
        SessionAuthorised = "session_authorised",
        /// The marketplace definitely refused to renew the authorisation.
        SessionRevoked = "session_revoked",
        /// Another session was chosen for this order.
        SessionChosen = "session_chosen",
        /// Settings of a session changed.
        SessionEdited = "session_edited",
        /// A session was set to be drained.
        SessionDraining = "session_draining",
    }
}

impl HistoryKind {
    /// The group that the filter shows it under.
    #[must_use]
    pub const fn group(self) -> HistoryGroup {
        match self {
            Self::Imported
            | Self::OrderEdited
            | Self::OrderStatus
            | Self::OrderClosed
            | Self::OrderCancelled
            | Self::OrderReopened
            | Self::OrderRate
            | Self::Message => HistoryGroup::Order,
            Self::PaymentRecorded | Self::PaymentReversed => HistoryGroup::Payment,
            Self::ItemStatus
            | Self::ItemSplit
            | Self::ItemCorrected
            | Self::ItemEdited
            | Self::ItemCommented
            | Self::ItemPhoto
            | Self::ItemPrice => HistoryGroup::Item,
            Self::BookingPlanned
            | Self::BookingSending
            | Self::BookingPlaced
            | Self::BookingRefused
            | Self::BookingLineRefused
            | Self::BookingUnknown
            | Self::BookingWithdrawn
            | Self::BookingReleased
            | Self::BookingAdopted
            | Self::PriceAccepted => HistoryGroup::Booking,
            Self::PurchaseBound
            | Self::PurchaseUnbound
            | Self::PurchaseStatus
            | Self::PurchasePrice
            | Self::PurchaseFreight
            | Self::PurchaseLineClosed
            | Self::PurchaseRefund
            | Self::PurchasePaid
            | Self::PurchasePayAsked
            | Self::PurchasePayRefused
            | Self::CancelAsked
            | Self::CancelRefused
            | Self::CancelDone
            | Self::DeliveryAdded
            | Self::DeliveryChanged
            | Self::DeliveryReceived
            | Self::ExceptionOpened
            | Self::ExceptionClosed => HistoryGroup::Purchase,
            Self::ParcelCreated
            | Self::ParcelEdited
            | Self::ParcelItems
            | Self::ParcelStatus
            | Self::ParcelDeleted => HistoryGroup::Parcel,
            Self::SessionAuthorised
            | Self::SessionRevoked
            | Self::SessionChosen
            | Self::SessionEdited
            | Self::SessionDraining => HistoryGroup::Session,
        }
    }

    /// Every kind of a group, in order: what a filter by that group asks for.
    pub fn of_group(group: HistoryGroup) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |kind| kind.group() == group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_shows_every_kind_exactly_once() {
        let shown: Vec<HistoryKind> = HistoryGroup::ALL
            .into_iter()
            .flat_map(HistoryKind::of_group)
            .collect();
        assert_eq!(shown.len(), HistoryKind::ALL.len());
        assert!(
            HistoryGroup::ALL
                .into_iter()
                .all(|g| HistoryKind::of_group(g).next().is_some())
        );
    }
}
