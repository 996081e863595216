### What operations say, in English. Stored as key and arguments, and looked up by the key, in which
### an underscore counts as a dash: step-not_planned → step-not-planned.
### Moments (next, until, at) come already formatted; reasons come already as texts.

## Runs

activity-book = { $items ->
    [one] Book { $items } item
   *[other] Book { $items } items
}
activity-synchronize = { $sessions ->
    [one] Synchronize { $sessions } session
   *[other] Synchronize { $sessions } sessions
}
activity-pay = Payment page of { $marketplace } for { $purchases ->
    [one] { $purchases } purchase
   *[other] { $purchases } purchases
}
activity-pay-by-api = Pay { $purchases ->
    [one] { $purchases } purchase
   *[other] { $purchases } purchases
} at { $marketplace } by API: { $total }
step-pay-asked = { $number }: { $total } to be paid; the order is read once more first
step-pay-sending = { $number }: the payment is sent
step-pay-accepted = { $number }: { $marketplace } pays it; the order is read until it shows
step-pay-unknown = { $number }: nobody knows what came of the payment ({ $reason }). It is not sent again; the order is read until it shows.
step-pay-refused = { $number } is not paid: { $reason }
step-pay-stopped = { $number } was not sent for payment: { $reason }
step-pay-done = { $number } is paid
step-pay-closed = { $number } was closed before it was paid
step-pay-open = { $number } still waits for payment at { $marketplace }. It is read on; after a later look it can be paid again.
step-pay-page = Opened for { $purchases ->
    [one] { $purchases } purchase
   *[other] { $purchases } purchases
}, { $total }, to be paid as { $session }
activity-authorise = Log in at { $marketplace }
activity-adopt = Adopt order { $number }
activity-cancel = Cancel { $number } at the marketplace
activity-bind = Bind orders of the marketplace
activity-is-over = The run is already over.

## Steps of a booking

step-planned = Plan: { $items ->
    [one] { $items } item
   *[other] { $items } items
}, { $sellers ->
    [one] { $sellers } seller
   *[other] { $sellers } sellers
}, { $orders ->
    [one] { $orders } order
   *[other] { $orders } orders
}
step-not-planned = { $item } was left out: { $reasons }
step-previewing = { $marketplace } · { $seller }: asking for the price
step-previewed = { $marketplace } · { $seller }: { $goods } + freight { $freight }
step-not-quoted = { $marketplace } · { $seller }: no price was named
step-asks = { $marketplace } · { $seller }: differs from what is expected, waiting for your decision
step-lines-refused = { $marketplace } · { $seller }: cannot be ordered as it is
step-accepted = { $marketplace } · { $seller }: { $goods } + freight { $freight } accepted by { $person }
step-raised = { $marketplace } · { $seller }: { $item } raised to { $units } by { $person }, { $stock } of them for stock
step-left-out = { $marketplace } · { $seller }: left out
step-left-out-all = { $marketplace } · { $seller }: left out by { $person }
step-regrouped = { $marketplace } · { $seller }: several sellers, ordered separately
step-waits = { $marketplace } · { $seller }: waits for the session
step-sending = { $marketplace } · { $seller }: sending the order
step-placed = { $marketplace } · placed: { $numbers }
step-adopted = { $marketplace } · found and adopted: { $numbers }
step-looks-once-more = { $marketplace }: looks once more for { $reference }, which was released
step-unknown = { $marketplace } · outcome unknown: { $reason }
step-line-refused = { $item } was refused: { $reason }
step-building = { $marketplace } is still making the order: { $numbers }
step-building-long = { $marketplace } has been making the order for more than 30 minutes: { $numbers }
step-read-back = Read back: same goods, { $total }
step-read-back-late = The order could not be read back yet; it is tried again
step-units-open = Read back: { $units ->
    [one] { $units } unit is
   *[other] { $units } units are
} missing in the order and stays reserved
step-differs = Read back: the order differs from what was booked
step-released = Released by { $person }
step-withdrawn = Withdrawn by { $person }
step-stopped = Stopped before it was sent
hint-building-long = It is read on by itself, and this run is told what became of it. Its units stay reserved.
hint-look-at-item = Look at the item, then book again.
hint-book-again = Nothing was ordered. You can book again.
hint-other-session = Choose another session, or wait for the next try.
hint-next-try = Choose another session, or book again from { $next } on.
hint-session-address = Correct the delivery address of { $session }.
hint-unknown = It is never sent again. We search for it; after a while you can adopt it by its number or release it.
hint-adopt = Check the number, or bind the order by hand.
book-nothing-chosen = Choose at least one item.
book-session-of-another-marketplace = The chosen session belongs to another marketplace.
book-session-draining = { $session } is being drained and takes no new bookings.
book-status-changed = its status has changed meanwhile
book-order-ended = The order was closed or cancelled; nothing more is bought for it.
book-units-taken = its units were taken meanwhile
book-commit-unknown = Whether it was stored could not be learnt; it was not sent.
book-surfaced = The order of a released booking was found: { $number }. Nothing was sent.
book-not-looked-for = These units belonged to { $reference }, which was released. It must be looked for once more before they are bought again, and { $session } cannot be asked.
book-restored = The database was restored from a backup; whether the booking was sent since is not known.
book-sender-lost = The program that was sending stopped; whether the order was made is not known.
book-ended-elsewhere = It ended elsewhere.
booking-already-sent = It has already been sent and cannot be withdrawn.
booking-outcome-known = Its outcome is already known.
plan-status = its status does not allow buying
plan-no-session = no session of its marketplace is chosen
plan-no-item = the marketplace’s item id is missing
plan-no-units = it has no free units

## Decisions

decide-nothing-asked = Nothing is being asked any more.
decide-asked-anew = The price was asked again meanwhile. Look at the new figures.
decide-cannot-be-ordered = This cannot be ordered as it is; leave it out or change the quantity.
decide-no-lines = Nothing would be left to order.
decide-raise = Expected a quantity of { $units }.

## Adopt, release

adopt-one-number = Expected one order number.
adopt-not-asked-by-that-number = The marketplace cannot be asked for an order by this number, and no synchronization has shown it yet. Type its other number, or synchronize first.
adopt-other-reference = Order { $number } carries the reference of another booking.
adopt-unbound = Order { $number } was unbound and is never adopted again.
adopt-other-booking = Order { $number } belongs to another booking.
adopt-bound-already = Order { $number } is already bound.
adopt-older-than-booking = Order { $number } is older than this booking.
adopt-still-made = Order { $number } is still being made at the marketplace. Try again in a few minutes.
adopt-other-goods = Order { $number } holds other goods than this booking.
adopt-not-recorded = The order was read but could not be recorded. Try again.
release-building = The marketplace is still making order { $number }; nothing of it can be released.
release-not-open = The booking is not open any more.
release-sender-may-be-alive = The order may still be on its way. Release is offered from { $until } on.
release-look-first = { $searches ->
    [one] One more empty search is needed before it can be released.
   *[other] { $searches } more empty searches are needed before it can be released.
}
release-confirmation = Type { $tail } to confirm.

## Cancel

step-cancel-asked = { $marketplace } · cancel of { $number } asked for
step-cancel-sent = The marketplace accepted the cancel; the order is read until it shows closed
step-cancel-waits = The marketplace does not allow it yet; it is tried again
step-cancel-unclear = Whether the cancel arrived is not known; the order is read
step-cancel-refused = The marketplace refused the cancel
step-cancel-open = The order is still open
step-cancel-overtaken = The order was paid meanwhile; the binding stays
step-cancel-stopped = Stopped
step-cancelled = The order is closed; its units are free
hint-cancel-again = You can ask again.
hint-cancel-refused = The units stay covered. Cancel at the marketplace by hand, or keep the order.
hint-cancel-overtaken = The purchase goes on. Write to the seller if it is not wanted.
cancel-not-by-api = This marketplace cannot be asked to cancel.
cancel-paid = It is paid; paid purchases are not cancelled by us.
cancel-over = It is already over.
cancel-under-way = A cancel is already under way.
cancel-look-first = The outcome of the last cancel is not known yet. It can be asked again from { $from } on.
cancel-not-asked = No cancel was asked for.
cancel-sender-lost = The program that was sending stopped; whether the cancel arrived is not known.

## Synchronization

sync-waiting = { $session }: waiting
sync-reading = { $session }: page { $page }, { $orders } orders so far
sync-listed = { $session }: { $orders } orders found, { $reads } read, { $unknown } unknown to us
sync-stopped = { $session }: stopped
sync-read-failed = Order { $number } could not be read
sync-session-revoked = { $session }: the authorisation has ended
sync-no-session = There is no session to synchronize.
hint-connect = Log in at the marketplace with an account.
hint-login-again = Log in again; everything resumes by itself.
hint-sync-again = The next synchronization continues from the last good point.

## Sessions

connect-connected = Logged in as { $login }
connect-renewed = Logged in again as { $login }
connect-no-code = The marketplace sent no code. Log in once more.
connect-other-account = You logged in as { $actual }; expected { $expected }. Log out at the marketplace and use the right account, or connect it as a new session.
connect-other-person = This login was started by another person.
connect-no-code-next = Begin the login again, and press the button that agrees on the marketplace’s page.
connect-not-consented = The marketplace let nobody in: the consent was refused.
connect-not-consented-next = Begin the login again and agree on the marketplace’s page. Without that nothing can be bought with the account.
connect-other-person-next = Begin the login yourself; you come back to the same page.
connect-state-unknown-next = Begin the login here. An address of the marketplace’s login that was copied, kept or changed is not taken.
connect-state-used-next = If your session is not there, log in once more.
connect-state-late-next = A login must be finished within fifteen minutes.
connect-market-next = The code of a login can be used once and for a few minutes only. Begin the login again; if it stays, test the app key under Settings.
connect-app-off = The app key is switched off.
connect-app-off-next = An administrator switches it on under Settings, App keys. Or use another one.
connect-app-gone = The app key was deleted meanwhile.
connect-app-gone-next = Begin the login again through another one.
connect-there-already = { $login } is connected through { $app } already, as a session of its own.
connect-there-already-next = Use that session and drain this one.
connect-no-app = There is no app key for this marketplace yet.
connect-no-app-next = An administrator enters it under Settings, App keys.
address-choose = Choose an address.
settings-decimals-twice = { $currency } stands twice.
user-password-differs = This is not the same password.
connect-state-unknown = This login was not started here.
connect-state-used = This login was already used.
connect-state-late = The login took too long. Start again.
session-is-draining = The session is being drained and takes no new bookings.
session-no-address = The session has no delivery address yet.
session-revoked = The authorisation has ended; log in again.
session-restored = The database was restored from a backup. The session books again once its synchronization is complete.
session-is-searched = It cannot be deleted yet: the orders of { $bookings ->
    [one] { $bookings } released booking are
   *[other] { $bookings } released bookings are
} still looked for in this account. Drain it instead.
session-removed = The session was taken away; choose another one.
session-busy = The session is busy until { $next }.
session-day-used = { $used } of { $allowed } bookings are used today; the next try is at { $next }.
session-has-open-purchases = It cannot be deleted yet: { $bookings ->
    [0] no booking
    [one] { $bookings } booking
   *[other] { $bookings } bookings
} and { $purchases ->
    [0] no purchase
    [one] { $purchases } purchase
   *[other] { $purchases } purchases
} of it are still open.
address-missing = { $field } is empty.
address-malformed = { $field } holds a character that is not allowed there.
address-too-long = { $is } characters; the marketplace takes { $most }.
address-unknown-placeholder = { $placeholder } is no placeholder; known are customer_code and order.
address-saved-with-placeholder = A saved address cannot be used together with placeholders.

## App keys

app-off = The app key { $app } is switched off.
app-quota-used = The app key { $app } has made { $used } of the { $quota } calls that it may make today.
app-raise-quota = It is the number of calls entered here that is used up. Enter a larger one if the marketplace allows more.
app-has-sessions = { $n ->
    [one] The session { $sessions } belongs to it. Delete that session first, or move it to another app key.
   *[other] { $more ->
        [0] { $n } sessions belong to it: { $sessions }. Delete them first, or move them to another app key.
       *[other] { $n } sessions belong to it: { $sessions } and { $more } more. Delete them first, or move them to another app key.
    }
}
app-key-form = Expected the key as the marketplace shows it: digits or letters only.
app-key-known = This key is already entered.
app-no-marketplace = Choose a marketplace.
app-secret-form = Expected the secret as the marketplace shows it.

## Items

item-changed-meanwhile = It has changed meanwhile. Look again.
item-id-form = Expected the marketplace’s item id or a link to the offer.
item-price-range = Expected a price of at least ¥ 0.01.
item-quantity-range = Expected a whole number from 1 to { $most }.
item-weight-range = Expected a weight in kilograms, for example 0.25.
item-sum-digits = The sum would need more digits than can be kept exactly.
item-too-many-positions = The order has as many positions as it can have.
item-split-range = Expected a whole number from 1 to { $most }.
item-split-reserved = { $reserved } units are being booked; wait for the outcome.
item-split-packed = { $packed } units are in parcels; take them out first.
item-correct-too-late = It is too late to correct this item.
item-correct-taken = { $taken } units are reserved or bought. Split off the { $free } free units and correct those.
item-correct-below-taken = Not below { $taken }: so many units are reserved or bought.
item-correct-below-packed = Not below { $packed }: so many units are in parcels.
item-marketplace-says = the marketplace says: { $status }
item-signed-for = the marketplace says that it was signed for
item-freed-closed-unpaid = The purchase was closed unpaid; the units are free again.
item-freed-line-closed-unpaid = The line was closed unpaid; the units are free again.
item-freed-unbound = Unbound; the units are free again.
item-freed-refused = The booking was refused; the units are free again.
item-freed-released = The booking was released; the units are free again.
item-freed-withdrawn = The booking was withdrawn; the units are free again.
item-move-same-status = { $item } already has this status.
item-move-not-from-here = { $item } cannot go from its status to this one.
item-move-units-taken = { $item } has units that are reserved or bought.
item-move-needs-reason = A reason is needed.
item-move-needs-note = A note is needed: where was it bought?
items-choose = Choose at least one item.
items-choose-one = Choose exactly one item.
form-whole-number = Expected a whole number.
form-choose = Choose one.

## Orders, payments

order-end-already = The order already ended this way.
order-end-reserved = { $units } units are being booked; wait for the outcome.
order-end-covered = { $units } units are purchased; unbind them first.
order-not-ended = The order is not closed or cancelled.
payment-amount-form = Expected a decimal number such as 12 or 12.50.
payment-amount-zero = Expected an amount other than zero.
payment-amount-digits = The sum would need more digits than can be kept exactly.
payment-more-back = More than the { $paid } that were paid cannot go back.
payment-request-used = This form was already used for another payment. Reload the page.
error-too-long = At most { $most } characters.
error-range = Expected a whole number from { $least } to { $most }.
error-request-id = The form is too old. Reload the page.
error-return-to = The address to come back to is not one of this panel.
settings-share-range = Expected a percentage from 0 to 100.
settings-fen-range = Expected an amount from ¥ 0 to ¥ 1,000,000.
settings-tracking-form = Expected a web address with {"{"}code{"}"} in it, or nothing.
settings-decimals-form = Expected one currency per line with its decimals, such as “USD 0”.

## Parcels

parcel-empty = Parcel { $n } is empty.
parcel-too-many = The order has as many parcels as it can have.
parcel-nowhere-to-go = Choose where the items go.
parcel-not-from-here = A parcel cannot go from this status to that one.
parcel-contents-fixed = The contents of parcel { $n } are fixed: it is packed or on its way.
parcel-delete-draft-only = Only drafts can be taken away.
parcel-item-not-here = { $item } is not at the warehouse yet.
parcel-item-not-inside = { $item }: only { $inside } are inside.
parcel-item-too-many = { $item }: only { $waiting } wait for a parcel.
parcel-size-range = Expected three sizes in centimetres, for example 40 × 30 × 20.
parcel-weight-range = Expected a weight in kilograms, for example 1.25.

## People

sign-in-blocked = Too many attempts. Try again in { $seconds } seconds.
sign-in-disabled = This account is switched off.
sign-in-wrong = Name or password is wrong.
user-login-form = Expected letters, digits, dots, dashes and underscores.
user-login-taken = This name is taken.
user-password-is-login = The password must not be the name.
user-password-length = Expected { $least } to { $most } characters.
user-password-wrong = This is not your password.
user-zone-unknown = Expected a time zone such as Europe/Moscow.

## Import

import-address = Expected a web address, found { $found }.
import-amount = Expected an amount as text such as "12.50", found { $found }.
import-amount-digits = Expected at most 28 significant digits.
import-amount-negative = Expected an amount that is not negative.
import-currency = Expected a currency as three upper-case letters such as USD, found { $found }.
import-day = Expected a day such as 2015-12-02, found { $found }.
import-empty = Must not be empty.
import-file-size = The file is larger than { $most } MiB.
import-id = Expected an id as text, found { $found }.
import-integer = Expected a whole number from { $least } to { $most }, found { $found }.
import-items-count = Expected 1 to { $most } items, found { $found }.
import-list = Expected a list, found { $found }.
import-marketplace = Expected one of { $known }, found { $found }.
import-missing = This field is missing.
import-moment = Expected a moment such as 2015-12-02T10:48:15Z, found { $found }.
import-no-object = Expected an order or a list of orders, found { $found }.
import-no-orders = The file holds no orders.
import-nul = The text holds a character that cannot be stored.
import-number = Expected an order number such as ORD-000000053, found { $found }.
import-number-twice = The same number stands on lines { $lines }.
import-object = Expected an object, found { $found }.
import-orders-count = The file holds more than { $most } orders.
import-rate-zero = Expected a rate above zero.
import-status = Expected one of { $known }, found { $found }.
import-sum-digits = The order’s sum would need more digits than can be kept exactly.
import-text = Expected a text of at most { $most } characters, found { $found }.
import-too-long = At most { $most } characters, found { $found }.
import-unknown-field = There is no such field. Known are { $known }.

## What a marketplace answered

market-not-sent = The marketplace could not be reached; nothing was sent.
market-signature = The marketplace does not accept the signature: key or secret is wrong.
market-token = The authorisation has ended.
market-permission = The app or the account may not do this at the marketplace.
market-throttled = The marketplace is asked too often; it is tried again later.
market-used-up = The calls that the app key may make today are used up.
market-limit = { $limit ->
    [orders_per_day] The account may place no more orders today.
    [unpaid_orders] The account has as many unpaid orders as it may have.
    [credit] The account’s credit is used up.
   *[other] A limit of the account or app is used up.
}
market-parameters = The marketplace could not understand the request.
market-not-found = The account cannot see such an order or offer.
market-unsupported = The marketplace does not offer this.
market-too-early = It is too early for the marketplace.
market-wrong-state = The state at the marketplace does not allow it.
market-unclear = The marketplace’s answer leaves open what happened.
push-unknown-account = A message for account { $account }, which is no session here.
push-unreadable = A message that could not be read.
raw = { $text }

## Unbind

activity-unbind = Unbind units
step-unbound = { $marketplace } · { $number }: { $units ->
    [one] { $units } unit is free again
   *[other] { $units } units are free again
}
unbind-nothing-chosen = Choose at least one line to unbind.
unbind-gone = It is not bound any more. Look again.
unbind-units = Expected a whole number from 1 to { $most }.
unbind-reason-needed = Purchase { $number } is paid: a reason is needed.
unbind-cancel-needs-all = { $number } can only be cancelled when all its units are unbound, those of { $order } too.
session-other-account-answered = The marketplace answered for another account; the old authorisation was kept.

## Bind

step-bind-reading = { $number }: reading it through { $session }
step-bind-found = { $number }: { $units ->
    [one] { $units } unit fits
   *[other] { $units } units fit
}, { $surplus } would stay as stock
step-bind-searching = { $number } is a number that the marketplace cannot be asked for: looking for it in what { $session } bought in the last { $days } days, { $pages ->
    [one] { $pages } page
   *[other] { $pages } pages
} read
step-bind-adopted = { $number } is the order of our booking { $reference } and was taken as its outcome
step-bind-left = Left by { $person }; nothing was bound
step-bound = { $marketplace } · { $number }: { $units ->
    [one] { $units } unit bound
   *[other] { $units } units bound
}
hint-bind-confirm = Look how it fits, then bind it.
bind-one-marketplace = Choose the marketplace of these orders.
bind-no-items = The order has no items.
bind-no-number = Not an order number: { $pieces }. Expected the number as the marketplace shows it, or a link to the order.
bind-empty = Enter at least one order number.
bind-too-many = At most { $most } order numbers at once.
bind-no-session = No account of this marketplace is connected.
bind-no-session-works = Every account of this marketplace needs a new login first.
bind-session-ended = Order { $number }: the authorisation of { $session } has ended; log in again, then look it up again.
bind-not-visible = Order { $number }: no connected account can see it.
bind-not-found-in-listings = Order { $number }: no connected account had an order of that number in the last { $days } days. Orders that were made in another kind of account cannot be seen from here.
bind-being-cancelled = Order { $number } is being cancelled; wait for the outcome.
bind-booking-first = Order { $number } may be the one of booking { $reference }, whose outcome is not known yet. Adopt or release that booking first.
bind-still-made = Order { $number } is still being made at the marketplace. Try again in a few minutes.
bind-refusal-closed = Order { $number } is closed at the marketplace.
bind-refusal-no-lines = Order { $number } has no lines that could be read.
bind-refusal-already-bound = Every unit of order { $number } already covers items of { $orders }.
bind-refusal-no-free-units = Every unit of { $items } is already booked or purchased: { $by }.
bind-refusal-other-goods = Order { $number } holds other goods: { $goods }.
bind-refusal-nothing-matches = No item of { $order } fits order { $number }, which holds { $goods }: { $items }.
bind-units-taken = The units were taken meanwhile. Look again.
bind-not-waiting = There is nothing to confirm any more.
bind-nothing-chosen = Choose at least one line.
bind-not-recorded = Order { $number } was read but could not be recorded. Try again.
bind-look-again = Order { $number } was read too long ago. Look it up again.
bind-no-units = { $item }: choose at least one unit.
bind-item-left-out = { $item } is cancelled, returned or impossible to deliver.
bind-other-goods = { $item } is other goods than this line of order { $number }.
bind-line-closed = This line of order { $number } is closed.
bind-line-used-up = { $left } units of this line of order { $number } are left; { $units } were chosen.

## Pay, accept

pay-unbound = { $number } was unbound and is left out of payments.
pay-building = { $number } is still being made at the marketplace.
pay-not-to-pay = { $number } is not to be paid: { $status }.
pay-being-cancelled = { $number } is being cancelled.
pay-withheld = Pay is withheld for { $number }: { $kind }.
pay-other-session = { $number } belongs to another account; one payment link takes one account only.
pay-too-many = { $number } does not fit: one payment link takes at most { $most } purchases.
pay-left-out = { $number } was left out by the marketplace.
pay-nothing-chosen = Choose at least one purchase.
pay-no-link-here = { $marketplace } has no payment page that could be opened from here. Pay there, logged in as { $session }.
pay-no-link-switch-on = { $marketplace } has no payment page that could be opened from here. Pay there, logged in as { $session }, or switch on “Pay by API” in the settings.
pay-no-link-but-api = { $marketplace } has no payment page that could be opened from here. Use “Pay by API”, or pay there, logged in as { $session }.
pay-api-off = Paying by API is not switched on for { $marketplace }.
pay-other-account = { $number } belongs to another account; one account is paid for at a time.
pay-too-many-at-once = At most { $most } purchases are paid at once.
pay-under-way = { $number } is being paid by API; it is read until the marketplace shows it paid.
pay-amount-changed = { $number } costs { $is } now, not { $was } as you saw it. Nothing was paid; look at it and ask again.
pay-sum-changed = another purchase of the same request costs another amount now
pay-total-typed = Type { $yuan }, the sum of what is chosen.
pay-total-form = Expected a sum such as 1262.50.
pay-sender-lost = the program was interrupted while it was sent
pay-restored = the database was restored from a backup
pay-not-told = the marketplace’s answer does not name it
pay-too-late = it could not be sent in time; ask again
pay-stopped-by-person = stopped
cancel-being-paid = It is being paid by API.
settings-no-pay-by-api = { $marketplace } cannot be paid through its interface.
pay-session-needs-login = { $session } must log in at the marketplace again first.
accept-changed = { $number } costs { $total } by now. Look again.
accept-by-total = Differences of money are settled by accepting the total.
accept-not-this-kind = This cannot be left as it is: { $kind }.
offer-no-session = No account works with which prices could be asked for.

## What is known beside a verdict

verdict-known-out-of-stock = { $stock ->
    [0] out of stock
   *[other] not enough in stock: { $stock } left
}
verdict-known-below-minimum = below the seller’s smallest quantity of { $minimum }, or not a multiple of the lot
verdict-known-price-changed = the price differs from what is expected: { $price } now
