//! Rows as pages receive them inside what is read here, so that a page can name their types
//! without seeing the store.

pub use store::activities::ActivityRow;
pub use store::apps::AppRow;
pub use store::bookings::BookingRow;
pub use store::exceptions::ExceptionRow;
pub use store::history::HistoryRow;
pub use store::items::{ClaimRow, CoverRow, ItemRow};
pub use store::order_list::ListRow;
pub use store::orders::{OrderRow, PaymentRow};
pub use store::parcels::{ParcelItemRow, ParcelRow};
pub use store::purchases::{DeliveryRow, OrderOfPurchase, PurchaseLineRow, PurchaseRow};
pub use store::sessions::SessionRow;
