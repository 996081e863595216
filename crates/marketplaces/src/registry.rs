//! The one list of marketplaces. Adding one means its folder and a line here.

use crate::Marketplace;
use crate::m1688::M1688;
use crate::taobao::Taobao;
use std::sync::Arc;

/// Every marketplace that this program knows, in the order in which pages show them.
#[must_use]
pub fn all() -> Vec<Arc<dyn Marketplace>> {
    vec![Arc::new(M1688), Arc::new(Taobao)]
}

/// The marketplace of that code.
#[must_use]
pub fn by_code(code: &str) -> Option<Arc<dyn Marketplace>> {
    all().into_iter().find(|market| market.code() == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_found() {
        let markets = all();
        for market in &markets {
            let code = market.code();
            assert_eq!(markets.iter().filter(|m| m.code() == code).count(), 1);
            assert_eq!(by_code(code).map(|m| m.code()), Some(code));
        }
        assert!(by_code("nowhere").is_none());
    }
}
