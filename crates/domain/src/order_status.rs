//! The status of an order: derived from its items, unless a person closed or cancelled it.

use crate::ItemStatus;
use crate::words::words;
use std::fmt;

words! {
    /// Where an order stands.
    pub enum OrderStatus {
        /// Nothing is paid yet.
        AwaitingPayment = "awaiting_payment",
        /// Paid; nothing is purchased yet.
        Paid = "paid",
        /// Some items are booked or further.
        InPurchase = "in_purchase",
        /// Every item is purchased or further.
        Purchased = "purchased",
        /// Every item is at the warehouse or further.
        AtWarehouse = "at_warehouse",
        /// Some items are on the way to the customer or there.
        PartlyShipped = "partly_shipped",
        /// Every item is on the way to the customer or there.
        Shipped = "shipped",
        /// The customer has everything.
        Completed = "completed",
        /// Nothing of it is wanted any more.
        Cancelled = "cancelled",
        /// Ended by a person, or with nothing left to do.
        Closed = "closed",
    }
}

words! {
    /// How a person ended an order. Kept beside the derived status and taken back by clearing it.
    pub enum OrderEnd {
        /// Cancelled.
        Cancelled = "cancelled",
        /// Closed.
        Closed = "closed",
    }
}

/// What stands in the way of ending an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "refusal")]
pub enum EndRefusal {
    /// It already ended this way.
    Already,
    /// Units are in open bookings, whose outcome must be known first.
    UnitsReserved {
        /// How many.
        units: i64,
    },
    /// Units are covered by purchases; they are unbound first.
    UnitsCovered {
        /// How many.
        units: i64,
    },
}

impl fmt::Display for EndRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Already => f.write_str("the order already ended this way"),
            Self::UnitsReserved { units } => {
                write!(f, "{units} units are being booked; wait for the outcome")
            }
            Self::UnitsCovered { units } => {
                write!(f, "{units} units are purchased; unbind them first")
            }
        }
    }
}
impl std::error::Error for EndRefusal {}

/// The status of an order by its items alone, leaving out those cancelled, impossible to deliver
/// or returned. The further stage wins where several would fit.
///
/// An order whose items are all left out is cancelled when every one of them is cancelled or
/// impossible to deliver, closed when some were returned. An order without items awaits payment.
#[must_use]
pub fn derive(items: &[ItemStatus]) -> OrderStatus {
    use ItemStatus as I;
    let kept: Vec<I> = items.iter().copied().filter(|s| !s.is_left_out()).collect();
    if kept.is_empty() {
        return if items.is_empty() {
            OrderStatus::AwaitingPayment
        } else if items.contains(&I::Returned) {
            OrderStatus::Closed
        } else {
            OrderStatus::Cancelled
        };
    }
    let all = |step: I| kept.iter().all(|s| s.is_at_least(step));
    let any = |step: I| kept.iter().any(|s| s.is_at_least(step));
    if all(I::Received) {
        OrderStatus::Completed
    } else if all(I::Shipped) {
        OrderStatus::Shipped
    } else if any(I::Shipped) {
        OrderStatus::PartlyShipped
    } else if all(I::AtWarehouse) {
        OrderStatus::AtWarehouse
    } else if all(I::Purchased) {
        OrderStatus::Purchased
    } else if any(I::Booked) {
        OrderStatus::InPurchase
    } else if any(I::Paid) {
        OrderStatus::Paid
    } else {
        OrderStatus::AwaitingPayment
    }
}

/// The status to show: a person's end, else what the items say.
#[must_use]
pub fn shown(items: &[ItemStatus], end: Option<OrderEnd>) -> OrderStatus {
    match end {
        Some(OrderEnd::Cancelled) => OrderStatus::Cancelled,
        Some(OrderEnd::Closed) => OrderStatus::Closed,
        None => derive(items),
    }
}

/// May a person end an order this way? `reserved` and `covered` are summed over its items.
///
/// Nothing ends under an open booking. A cancelled order keeps no purchased goods, as its items
/// could not be cancelled either; a closed one may.
///
/// # Errors
/// Says what stands in the way.
pub fn person_end(
    end: OrderEnd,
    current: Option<OrderEnd>,
    reserved: i64,
    covered: i64,
) -> Result<(), EndRefusal> {
    if current == Some(end) {
        Err(EndRefusal::Already)
    } else if reserved > 0 {
        Err(EndRefusal::UnitsReserved { units: reserved })
    } else if end == OrderEnd::Cancelled && covered > 0 {
        Err(EndRefusal::UnitsCovered { units: covered })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ItemStatus as I;
    use OrderStatus as O;

    #[test]
    fn the_status_of_an_order_follows_its_items() {
        let table: &[(&[I], O)] = &[
            (&[], O::AwaitingPayment),
            (&[I::AwaitingPayment], O::AwaitingPayment),
            (&[I::AwaitingPayment, I::Paid], O::Paid),
            (&[I::PriceConfirmation], O::Paid),
            (&[I::Paid, I::Booked], O::InPurchase),
            (&[I::Paid, I::AtWarehouse], O::InPurchase),
            (&[I::Booked, I::Booked], O::InPurchase),
            (&[I::Purchased, I::ShippedBySeller], O::Purchased),
            (&[I::Purchased, I::AtWarehouse], O::Purchased),
            (&[I::AtWarehouse, I::Packing], O::AtWarehouse),
            (&[I::ReadyToShip, I::Inspection], O::AtWarehouse),
            (&[I::Shipped, I::Paid], O::PartlyShipped),
            (&[I::Received, I::AwaitingPayment], O::PartlyShipped),
            (&[I::Shipped, I::Received], O::Shipped),
            (&[I::Received, I::Received], O::Completed),
            (&[I::Received, I::Cancelled], O::Completed),
            (&[I::Received, I::Unavailable, I::Returned], O::Completed),
            (&[I::Paid, I::Cancelled], O::Paid),
            (&[I::Cancelled, I::Unavailable], O::Cancelled),
            (&[I::Cancelled, I::Returned], O::Closed),
        ];
        for (items, status) in table {
            assert_eq!(derive(items), *status, "{items:?}");
        }
    }

    #[test]
    fn no_item_status_changes_anything_when_it_is_left_out() {
        for kept in I::ALL.into_iter().filter(|s| !s.is_left_out()) {
            for left_out in [I::Cancelled, I::Unavailable, I::Returned] {
                assert_eq!(derive(&[kept, left_out]), derive(&[kept]));
            }
        }
    }

    #[test]
    fn an_order_never_looks_further_than_its_least_item_except_in_part() {
        for a in I::ALL {
            for b in I::ALL {
                assert_eq!(derive(&[a, b]), derive(&[b, a]), "order of items");
                let both = derive(&[a, b]);
                if !a.is_left_out() && !b.is_left_out() && both == O::Completed {
                    assert_eq!((a, b), (I::Received, I::Received));
                }
            }
        }
    }

    #[test]
    fn a_persons_end_wins_and_is_refused_over_goods() {
        assert_eq!(shown(&[I::Paid], Some(OrderEnd::Closed)), O::Closed);
        assert_eq!(shown(&[I::Paid], Some(OrderEnd::Cancelled)), O::Cancelled);
        assert_eq!(shown(&[I::Paid], None), O::Paid);
        let end = |end, reserved, covered| person_end(end, None, reserved, covered);
        assert_eq!(end(OrderEnd::Cancelled, 0, 0), Ok(()));
        assert_eq!(end(OrderEnd::Closed, 0, 3), Ok(()));
        assert_eq!(
            end(OrderEnd::Cancelled, 0, 3),
            Err(EndRefusal::UnitsCovered { units: 3 })
        );
        assert_eq!(
            end(OrderEnd::Closed, 1, 0),
            Err(EndRefusal::UnitsReserved { units: 1 })
        );
        assert_eq!(
            person_end(OrderEnd::Closed, Some(OrderEnd::Closed), 0, 0),
            Err(EndRefusal::Already)
        );
    }
}
