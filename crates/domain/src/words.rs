//! One way to write a closed list of words: an enum whose code is the same in tables, logs, the
//! API and language keys.

/// Declares an enum with `ALL`, `code()`, `from_code()`, `Display` and serde by code.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $code:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $( $(#[$variant_meta])* #[serde(rename = $code)] $variant, )+
        }

        impl $name {
            /// Every word, in order.
            pub const ALL: [Self; [$($code),+].len()] = [$(Self::$variant),+];

            /// The word in tables, logs and language keys.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $( Self::$variant => $code, )+
                }
            }

            /// The variant of that word, if it is one of ours.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|word| word.code() == code)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use crate::{BookingState, ExceptionKind, HistoryGroup, HistoryKind, ItemStatus, OrderStatus};
    use std::collections::BTreeSet;

    #[test]
    fn every_word_reads_back_and_none_is_used_twice() {
        macro_rules! check {
            ($($list:ident),+) => { $({
                let mut seen = BTreeSet::new();
                for word in $list::ALL {
                    assert!(seen.insert(word.code()), "{word} twice");
                    assert_eq!($list::from_code(word.code()), Some(word));
                    assert_eq!(
                        serde_json::to_value(word).unwrap(),
                        serde_json::Value::from(word.code())
                    );
                    assert!(word.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
                }
                assert_eq!($list::from_code("no_such_word"), None);
            })+ };
        }
        check!(
            ItemStatus,
            OrderStatus,
            BookingState,
            HistoryKind,
            HistoryGroup,
            ExceptionKind
        );
    }
}
