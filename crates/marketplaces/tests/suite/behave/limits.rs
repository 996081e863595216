//! What goes into one order: how many lines, how long the texts, whose goods, by which ids.

use super::is_unsupported;
use crate::bench::{Behaviour, Shown, behaviour, ensure, no, ok};
use crate::desk::{Desk, address, basket, text};
use domain::VerdictKind;
use marketplaces::{Address, AddressFault, Basket, ErrorKind};

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour!(
            "lines: as many as stated, not one more",
            [LinesPerOrder],
            lines_per_order
        ),
        behaviour!("lines of two sellers: one order takes one", [OneSellerPerOrder], two_sellers, else all_sellers),
        behaviour!("goods are ordered by ids of their own", [OrdersHaveOwnIds], own_ids, else same_ids),
        behaviour!(
            "address: as long as stated, not one more",
            [AddressCharacters],
            long_address
        ),
        behaviour!("address: one kept at the marketplace", [SavedAddresses], saved_address, else no_addresses),
        behaviour!(
            "note: as long as stated, not one more",
            [NoteCharacters],
            long_note
        ),
    ]
}

async fn lines_per_order(desk: &Desk) -> Shown {
    let most = desk.market.capabilities().lines_per_order;
    let line = desk.lines(1).await?.remove(0);
    let before = desk.sent();
    // What is said of the same goods so many times is no matter here.
    let lines = vec![line.clone(); most];
    let asked = desk
        .market
        .order_preview(&desk.caller(), &basket(&lines))
        .await;
    let refused = asked.is_err_and(|error| error.kind == ErrorKind::Parameters);
    ensure!(
        desk.sent() > before && !refused,
        "{most} lines were not even sent"
    );
    let before = desk.sent();
    let lines = vec![line; most + 1];
    let asked = desk
        .market
        .order_preview(&desk.caller(), &basket(&lines))
        .await;
    let error = no(asked, "one line too many")?;
    ensure!(error.is_definite() && desk.sent() == before, "{error:?}");
    let preview = desk.good_preview(&lines[..1]).await?;
    let before = desk.sent();
    let error = no(
        desk.create("APNO", &lines, &preview).await,
        "one line too many",
    )?;
    ensure!(error.is_definite() && desk.sent() == before, "{error:?}");
    Ok(())
}

async fn two_sellers(desk: &Desk) -> Shown {
    let preview = desk.preview(&desk.lines_of_sellers(2).await?).await?;
    let kind = preview.whole.as_ref().map(|verdict| verdict.kind);
    ensure!(kind == Some(VerdictKind::DifferentSellers), "{preview:?}");
    Ok(())
}

async fn all_sellers(desk: &Desk) -> Shown {
    let lines = desk.lines_of_sellers(2).await?;
    let preview = desk.good_preview(&lines).await?;
    let made = ok(desk.create("APBOTH", &lines, &preview).await, "two sellers")?;
    ensure!(
        made.failed.is_empty() && !made.orders.is_empty(),
        "{made:?}"
    );
    Ok(())
}

async fn own_ids(desk: &Desk) -> Shown {
    let lines = desk.lines(2).await?;
    let made = desk.book("APIDS", &lines).await?;
    desk.settle().await;
    let order = desk.read(&made.orders[0].number).await?;
    for line in &lines {
        let own = line
            .orderable
            .as_ref()
            .ok_or("the offer tells no ids for orders")?;
        let is_there = order
            .lines
            .iter()
            .any(|l| l.item == own.item && l.specification == own.specification);
        ensure!(is_there && own.item != line.item, "{own:?} in {order:?}");
    }
    let preview = desk.good_preview(&lines).await?;
    let mut bare = lines;
    bare[0].orderable = None;
    let before = desk.sent();
    let error = no(desk.create("APBARE", &bare, &preview).await, "without ids")?;
    ensure!(error.is_definite() && desk.sent() == before, "{error:?}");
    let preview = desk.preview(&bare).await?;
    ensure!(!preview.is_ok(), "{preview:?}");
    Ok(())
}

async fn same_ids(desk: &Desk) -> Shown {
    let mut lines = desk.lines(2).await?;
    for line in &mut lines {
        line.orderable = None;
    }
    let made = desk.book("APIDS", &lines).await?;
    desk.settle().await;
    let order = desk.read(&made.orders[0].number).await?;
    for line in &lines {
        let is_there = order
            .lines
            .iter()
            .any(|l| l.item == line.item && l.specification == line.specification);
        ensure!(is_there, "{line:?} in {order:?}");
    }
    Ok(())
}

async fn long_address(desk: &Desk) -> Shown {
    let most = desk.market.capabilities().address_characters;
    let of = |extra: usize| Address {
        street: format!("{}{}", address().street, "路".repeat(extra)),
        ..address()
    };
    let extra = (0..=most)
        .find(|extra| desk.market.address_check(&of(extra + 1)).is_err())
        .ok_or("no address is too long")?;
    let fault = desk.market.address_check(&of(extra + 1));
    ensure!(
        fault == Err(AddressFault::TooLong { is: most + 1, most }),
        "{most} characters are claimed: {fault:?}"
    );
    let lines = desk.lines(1).await?;
    let basket = Basket {
        address: of(extra),
        ..basket(&lines)
    };
    let preview = ok(
        desk.market.order_preview(&desk.caller(), &basket).await,
        "preview",
    )?;
    ensure!(preview.is_ok(), "{preview:?}");
    let made = ok(
        desk.create_for("APLONG", &basket, &preview, "").await,
        "create",
    )?;
    let there = desk.there(&made.orders[0].number).await;
    let street = text(&there["receiver"]["street"]);
    ensure!(street.ends_with(&basket.address.street), "cut: {street}");
    for empty in [
        Address {
            full_name: String::new(),
            ..address()
        },
        Address {
            street: String::new(),
            ..address()
        },
    ] {
        let fault = desk.market.address_check(&empty);
        ensure!(matches!(fault, Err(AddressFault::Missing(_))), "{fault:?}");
    }
    Ok(())
}

async fn saved_address(desk: &Desk) -> Shown {
    let kept = ok(
        desk.market.addresses_read(&desk.caller()).await,
        "read addresses",
    )?;
    let default = kept.iter().filter(|kept| kept.is_default).count();
    ensure!(default == 1, "{default} of {} are the default", kept.len());
    let lines = desk.lines(1).await?;
    for kept in &kept {
        let fault = desk.market.address_check(&kept.address);
        ensure!(fault.is_ok(), "{fault:?}");
        let basket = Basket {
            address: kept.address.clone(),
            ..basket(&lines)
        };
        let told = ok(
            desk.market.order_preview(&desk.caller(), &basket).await,
            "preview",
        )?;
        ensure!(told.is_ok(), "{told:?}");
    }
    let mut basket = basket(&lines);
    basket.address.saved_id = Some("1".to_owned());
    let told = ok(
        desk.market.order_preview(&desk.caller(), &basket).await,
        "preview",
    )?;
    let kind = told.whole.as_ref().map(|verdict| verdict.kind);
    ensure!(kind == Some(VerdictKind::Address), "{told:?}");
    Ok(())
}

async fn no_addresses(desk: &Desk) -> Shown {
    let answer = desk.market.addresses_read(&desk.caller()).await;
    is_unsupported(answer, "reading kept addresses")
}

async fn long_note(desk: &Desk) -> Shown {
    let most = desk.market.capabilities().note_characters;
    let lines = desk.lines(1).await?;
    let preview = desk.good_preview(&lines).await?;
    let note = "谢".repeat(most);
    let made = desk
        .create_for("APNOTE", &basket(&lines), &preview, &note)
        .await;
    let made = ok(made, "the longest note")?;
    let there = desk.there(&made.orders[0].number).await;
    ensure!(text(&there["message"]) == note, "{}", there["message"]);
    let before = desk.sent();
    let longer = format!("{note}谢");
    let answer = desk
        .create_for("APNO", &basket(&lines), &preview, &longer)
        .await;
    let error = no(answer, "one character more")?;
    ensure!(error.is_definite() && desk.sent() == before, "{error:?}");
    Ok(())
}
