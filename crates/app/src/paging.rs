//! Pages of lists that are ordered by row id, the newest first.

/// Which page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum IdPlace {
    /// The newest entries.
    #[default]
    Newest,
    /// What is older than this entry.
    Older(i64),
    /// What is newer than this entry.
    Newer(i64),
}

impl IdPlace {
    /// Of the two parameters of an address; one that is no id counts as absent.
    #[must_use]
    pub fn of(older: Option<&str>, newer: Option<&str>) -> Self {
        let id = |text: Option<&str>| text.and_then(|t| t.parse().ok());
        match (id(older), id(newer)) {
            (Some(id), _) => Self::Older(id),
            (None, Some(id)) => Self::Newer(id),
            (None, None) => Self::Newest,
        }
    }
}

/// A page.
#[derive(Clone, Debug)]
pub struct IdPage<T> {
    /// The newest first.
    pub rows: Vec<T>,
    /// The entry from which newer ones go on, if there are some.
    pub newer: Option<i64>,
    /// The entry from which older ones go on, if there are some.
    pub older: Option<i64>,
}

impl<T> IdPage<T> {
    /// From rows as they were read, one more than the page holds: toward newer entries the oldest
    /// of them first.
    pub(crate) fn of(mut rows: Vec<T>, place: IdPlace, limit: i64, id: impl Fn(&T) -> i64) -> Self {
        let size = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > size;
        rows.truncate(size);
        if matches!(place, IdPlace::Newer(_)) {
            rows.reverse();
        }
        let (first, last) = (rows.first().map(&id), rows.last().map(&id));
        let (newer, older) = match place {
            IdPlace::Newest => (None, last.filter(|_| more)),
            IdPlace::Older(_) => (first, last.filter(|_| more)),
            IdPlace::Newer(_) => (first.filter(|_| more), last),
        };
        Self { rows, newer, older }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_too_many_tells_whether_there_is_another_page() {
        let page = |rows: &[i64], place| IdPage::of(rows.to_vec(), place, 2, |id| *id);
        let newest = page(&[9, 8, 7], IdPlace::Newest);
        assert_eq!(
            (newest.rows, newest.newer, newest.older),
            (vec![9, 8], None, Some(8))
        );
        let last = page(&[7], IdPlace::Older(8));
        assert_eq!(
            (last.rows, last.newer, last.older),
            (vec![7], Some(7), None)
        );
        let back = page(&[8, 9], IdPlace::Newer(7));
        assert_eq!(
            (back.rows, back.newer, back.older),
            (vec![9, 8], None, Some(8))
        );
        assert_eq!(IdPlace::of(Some("x"), Some("3")), IdPlace::Newer(3));
    }
}
