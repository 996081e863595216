//! Numbers of items for people: `№ 53-1` is the first item of order 53.

use crate::AppError;
use crate::order::{number_parts, short_digits};
use store::Db;
use store::orders;

/// How items are numbered: with the order's letters where orders of several letters are in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Numbering {
    with_letters: bool,
}

impl Numbering {
    /// The number of the item at `position` of the order.
    #[must_use]
    pub fn item(self, order_number: &str, position: i64) -> String {
        match number_parts(order_number) {
            Some((letters, digits)) if self.with_letters => {
                format!("№ {letters}-{}-{position}", short_digits(digits))
            }
            Some((_, digits)) => format!("№ {}-{position}", short_digits(digits)),
            None => format!("№ {order_number}-{position}"),
        }
    }
}

/// How items are numbered at present.
///
/// # Errors
/// The database's.
pub async fn numbering(db: &mut Db) -> Result<Numbering, AppError> {
    let ends = orders::number_ends(db).await?;
    let letters = |number: &str| number_parts(number).map(|(letters, _)| letters.to_owned());
    Ok(Numbering {
        with_letters: ends.is_some_and(|(first, last)| letters(&first) != letters(&last)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stand_only_where_several_are_in_use() {
        assert_eq!(Numbering::default().item("ORD-000000053", 1), "№ 53-1");
        assert_eq!(
            Numbering { with_letters: true }.item("ORD-000000053", 1),
            "№ ORD-53-1"
        );
    }
}
