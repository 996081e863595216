//! The imitated marketplaces: gateways, login pages, seller console
