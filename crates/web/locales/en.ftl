### Texts for people, in English. build.rs makes a function of each: orders-found → tr.orders_found(…).
### Arguments of a function stand in the alphabetical order of their names.
### Families of messages that end in a word of the system (item-status-…) are looked up by that word.

## The frame

product = Autopurchase
skip-to-content = Skip to the content
navigation = Navigation
search-placeholder = Order, customer, item id, marketplace order, tracking code
search-label = Search orders
person-menu = Your account
sign-out = Sign out
close = Close
cancel = Cancel
save = Save
saved = Saved.
edit = Edit
copy = Copy
print = Print
back = Back
choose = Choose
optional = Optional.
newer = Newer
older = Older
newest-first = Newest first
reason = Reason
session = Session
default-mark = default
nav-orders = Orders
nav-purchases = Purchases
nav-unknown = Unknown outcomes
nav-exceptions = Exceptions
nav-activities = Activities
nav-sessions = Sessions
nav-settings = Settings
to-orders = Go to the orders
request-number = Request { $id }
said-by-marketplace = What the marketplace said
said-request = request
synchronizing = { $n ->
    [one] Synchronizing { $n } session · { $percent } %
   *[other] Synchronizing { $n } sessions · { $percent } %
}
runs-open = { $n ->
    [one] One run is going on
   *[other] { $n } runs are going on
}
notice-session-ended = The authorisation of { $session } at { $marketplace } has ended. Its bookings wait until someone logs in again.
per-page = { $n } per page
to-pay-count = { $n } to pay

## Keyboard

keyboard-help = Keyboard
key-search = Go to the search box
key-move = Next and previous row
key-open = Open the row
key-select = Tick the row
key-book = Book what is ticked
key-click = click
key-range = Tick everything between two rows
key-close = Close the window; what runs goes on
key-help = This help

## Values

n-items = { $n ->
    [one] { $n } item
   *[other] { $n } items
}
n-units = { $n ->
    [one] { $n } unit
   *[other] { $n } units
}
n-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
n-purchases = { $n ->
    [one] { $n } purchase
   *[other] { $n } purchases
}
n-differences = { $n ->
    [one] { $n } difference
   *[other] { $n } differences
}
of-quantity = { $some } of { $all }
of-all = of { $all }
kilograms = { $kg } kg
kilogram-sign = kg
centimetre-sign = cm
millisecond-sign = ms
today-at = Today { $time }
yesterday-at = Yesterday { $time }
today = Today
yesterday = Yesterday
day-month = { $day } { $month }
day-month-year = { $day } { $month } { $year }
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec
ago-now = just now
ago-minutes = { $n ->
    [one] { $n } minute ago
   *[other] { $n } minutes ago
}
ago-hours = { $n ->
    [one] { $n } hour ago
   *[other] { $n } hours ago
}
ago-days = { $n ->
    [one] { $n } day ago
   *[other] { $n } days ago
}
span-days-hours = { $days } d { $hours } h
span-hours-minutes = { $hours } h { $minutes } m
span-minutes = { $minutes } m
span-seconds = { $seconds } s
span-over = over
never = never

## Sign-in

sign-in = Sign in
sign-in-name = Name
sign-in-password = Password
sign-in-help = No account yet? An administrator makes one with “autopurchase user add”.
sign-in-refused = Name or password is wrong.
sign-in-throttled = Too many attempts. Try again in { $time }.

## Orders

orders-title = Orders
orders-all = All
orders-ready = Ready for purchase
orders-person = Needs a person
orders-to-pay = To pay
orders-empty-title = No orders yet
orders-empty-text = Orders come in from the shop as files. Import one, and it appears here.
orders-none-found = Nothing matches
orders-none-found-text = No order has what you searched for with these filters.
orders-clear-search = Show all orders
mark-unknown = outcome unknown
filter-order-status = Order status
filter-item-status = Item status
filter-marketplace = Marketplace
filter-created = Created
filter-from = From
filter-to = To
filter-apply = Apply
filter-clear = Clear all
filter-search = Search
filter-chip = { $label }: { $text }
filter-unknown = There is no filter “{ $value }”; it was left out.
filter-no-date = “{ $value }” is no date and was left out. Expected is a day such as 2026-11-30.
orders-found = { $total } found · { $n } per page
items-ready = { $quantity } ready
items-in-status = { $quantity } { $status }
filter-remove = Remove this filter
col-order = Order
col-created = Created
col-customer = Customer
col-status = Status
col-items = Items
col-marketplace = Marketplace
col-total = Total
col-remaining = Remaining

## An order

tab-items = Items
tab-parcels = Parcels
tab-history = History
tab-purchase = Purchase
tab-activities = Activities
fact-created = Created
fact-goods = Prices of goods
fact-paid-remaining = Paid / Remaining
fact-weight = Weight
fact-delivery = Delivery
fact-customer = Customer
fact-rate = Exchange rate
fact-size = Size
fact-service = Delivery service
fact-tracking = Tracking code
fact-contents = Contents
no-rate = none
rate-of = 1 { $sign } = ¥ { $rate } · { $day }
rate-undated = 1 { $sign } = ¥ { $rate }
by-person-at = { $person }, { $at }
order-end = Close or cancel
order-reopen = Take up again
order-end-intro = Nothing more of the order is offered for purchase. What is already bought stays as it is.
order-end-how = How it ends
order-end-close = Close: it is dealt with
order-end-cancel = Cancel: the customer does not want it any more
order-end-reason-hint = Stands in the history.
order-end-submit = End the order
order-reopen-intro = The order stands again where its items are; what is paid and free is offered for purchase again.
record-payment = Record payment
payment-amount = Amount received
payment-open = Still to be paid: { $rest }. A refund is written with a minus.
payment-note = Note
payment-note-hint = How it came, as far as someone may ask later. Stands in the history.

## Items

col-item = Item
col-configuration = Configuration
col-seller = Seller
col-quantity = Quantity
col-price = Price
col-expected = Expected
col-sum = Sum
col-weight = Weight
customer-comment = Comment of the customer
operator-comment = Comment of the operator
customer-ordered = The customer ordered
change-status = Change status
edit-weight-comment = Weight, comment
split-quantity = Split
correct-item = Correct
total-apart = Of it cancelled, returned or impossible to deliver
goods-apart = ({ $sum } of it not delivered)
status-new = New status
status-with-reason = { $status } (needs a reason)
status-with-note = { $status } (say where it was bought)
set-by-hand = { $at } · by hand
units-reserved = { $n } reserved
units-covered = { $some } of { $all } purchased
status-reason-hint = Needed for a step back and for “purchased” without a purchase; always kept in the history.
status-no-common-move = There is no status that all chosen items may go to. Choose fewer items.
item-weight = Weight of one unit
item-weight-hint = Empty leaves the weight as it is.
item-comment-hint = Seen by operators only.
item-comment-hint-many = Seen by operators only. Empty leaves the comments as they are.
split-off = Units to split off
split-single = One unit cannot be split.
split-hint = They become an item of their own with the next position; purchases move with their units.
correct-intro = Changes what will be bought. What the customer ordered is kept and shown.
correct-item-id = Item id
correct-item-id-hint = A link to the offer may be pasted.
correct-specification = Specification id
correct-specification-hint = Empty where the offer has none.
correct-seller-id = Seller id
correct-expected = Expected price of one unit
correct-expected-hint = At the marketplace. Without one, every booking asks.
correct-quantity-hint = Not below { $least }: so many units are reserved or bought.
bought-elsewhere = Bought elsewhere

## Parcels

parcel-name = Parcel { $n }
parcel-create = Create parcel
parcel-edit = Weight, size, tracking
parcel-move = Move items
parcel-move-to = To
parcel-new = A new parcel
parcel-out = Out of any parcel
parcel-size-hint = Length × width × height, for example 40 × 30 × 20.
waiting-for-parcel = Waiting for a parcel
parcels-empty-title = Nothing to pack yet
parcels-empty-text = Items can be packed from “Received at warehouse” on.
parcel-status-draft = Draft
parcel-status-packed = Packed
parcel-status-shipped = Shipped
parcel-status-delivered = Delivered
parcel-status-returned = Returned
parcel-nothing-waits = None of these items waits for a parcel. Items can be packed from “Received at warehouse” on.
parcel-delete = Take away
parcel-back-to-draft = Open again
parcel-back-to-packed = Not shipped after all
parcel-back-to-shipped = Not delivered after all
parcel-to-packed = Mark as packed
parcel-to-shipped = Mark as shipped
parcel-to-delivered = Mark as delivered
parcel-to-returned = Mark as returned

## History

history-empty-title = No entries of this kind
history-empty-text = Nothing of this kind has happened to the order.
field-paid = Paid
field-difference = Difference
field-reference = Reference
history-all = Everything
history-order = Order
history-payment = Payments
history-item = Items
history-purchase = Purchases
history-booking = Bookings
history-parcel = Parcels
history-session = Sessions
history-kind-imported = Order came in
history-kind-order-edited = Order changed by the shop
history-kind-order-status = Order status changed
history-kind-order-closed = Order closed
history-kind-order-cancelled = Order cancelled
history-kind-order-reopened = Order taken up again
history-kind-order-rate = Exchange rate set
history-kind-message = Message
history-kind-payment-recorded = Payment recorded
history-kind-payment-reversed = Payment taken back
history-kind-item-status = Item status changed
history-kind-item-split = Quantity split
history-kind-item-corrected = Item corrected
history-kind-item-edited = Item edited
history-kind-item-commented = Comment written
history-kind-item-photo = Photos changed
history-kind-item-price = Expected price changed
history-kind-booking-planned = Booking planned
history-kind-booking-sending = Booking on its way to the marketplace
history-kind-booking-placed = Booking placed
history-kind-booking-refused = Booking refused
history-kind-booking-line-refused = Line of the booking refused
history-kind-booking-unknown = Outcome of the booking unknown
history-kind-booking-withdrawn = Booking withdrawn
history-kind-booking-released = Booking released
history-kind-booking-adopted = Order adopted
history-kind-price-accepted = Price accepted
history-kind-purchase-bound = Bound to a purchase
history-kind-purchase-unbound = Unbound
history-kind-purchase-status = Purchase status changed
history-kind-purchase-price = Price of the purchase changed
history-kind-purchase-freight = Freight changed
history-kind-purchase-line-closed = Line of the purchase closed
history-kind-purchase-refund = Refund
history-kind-purchase-paid = Purchase paid
history-kind-purchase-pay-asked = Payment asked for
history-kind-purchase-pay-refused = Payment refused
history-kind-cancel-asked = Cancel asked for at the marketplace
history-kind-cancel-refused = Cancel refused
history-kind-cancel-done = Cancelled at the marketplace
history-kind-delivery-added = Shipment by the seller
history-kind-delivery-changed = Shipment changed
history-kind-delivery-received = Shipment received
history-kind-exception-opened = Needs a person
history-kind-exception-closed = Dealt with
history-kind-parcel-created = Parcel made
history-kind-parcel-edited = Parcel edited
history-kind-parcel-items = Items moved between parcels
history-kind-parcel-status = Parcel status changed
history-kind-parcel-deleted = Parcel taken away
history-kind-session-authorised = Logged in at the marketplace
history-kind-session-revoked = Authorisation revoked
history-kind-session-chosen = Another session chosen
history-kind-session-edited = Session changed
history-kind-session-draining = Session drained

## Purchase

select-session = Select session
session-add = Log in with another account
no-session-yet = No session yet: log in with +
authorisation = Authorisation
authorisation-valid = valid, { $time } left
bookings-today = Bookings today
last-synchronized = Last synchronized
start-synchronization = Start synchronization
login-again = Log in again
ready-for-purchase = Ready for purchase
ready-empty-title = Nothing to buy
ready-empty-text = Items appear here when they are paid and have units that are not bought yet.
ready-ended-text = The order is closed or cancelled. Take it up again to buy for it.
refresh-prices = Ask for prices and stock now
units-to-book = Units of { $item } to book
units-range = Expected a whole number of units, found “{ $found }”.
of-preview = preview · { $ago }
price-not-read = Price and stock could not be read { $ago }: { $reason }
session-needs-login = The authorisation has ended. Bookings and synchronization wait.
session-needs-login-next = Log in again; everything resumes by itself.
session-rests-until = New bookings rest until { $time }. You can choose another session.
needs-a-person = Needs a person
book-count = { $n ->
    [0] Book
    [one] Book { $shown } item
   *[other] Book { $shown } items
}
unbind-count = { $n ->
    [0] Unbind
   *[other] Unbind { $shown }
}
bind = Bind to goods provider’s order
unbind = Unbind
select-all = Select all
select-group = Select everything of { $seller }
col-customer-price = Customer price
col-price-now = Price now
col-stock = Stock
col-margin = Margin
col-bought-price = Bought at
ready-group-note = one purchase · freight { $freight }
ready-group-note-unknown = one purchase · the freight is asked for when you book
before-freight = before freight
unit-minimum = { $unit } · min { $minimum }
unit-lot = { $unit } · min { $minimum } · lot { $lot }
being-booked = Being booked
since = since { $time }
reference = reference
look-again = Look again
adopt-number = Adopt order number…
release = It is not there: release
withdraw = Withdraw
run-waits = { $title } (begun { $at }) waits for your decision.
run-waits-of = { $title } (begun by { $person }, { $at }) waits for a decision.
run-open = Decide
booking-waits = Waits for its turn; nothing has been sent.
booking-rests = Waits for the session, which rests; nothing has been sent.
booking-next-try = Next try: { $time }
booking-next-usable = When its session can be used again.
booking-next-send = It is sent as soon as the session is free
booking-on-its-way = The order is on its way to the marketplace.
booking-next-answer = Without an answer by { $time } it is looked for
booking-part-placed = The order was placed, but not all of its units stand in it. The rest stays reserved until it shows up or you release it.
booking-building = { $marketplace } is still making the order: { $numbers }. Until it has, the units stay reserved and nothing is compared.
next-read-in = read again in { $span }
next-read-now = being read again now
booking-unknown-step = Nobody knows yet whether the order was placed. It is never sent again.
looked = { $times ->
    [one] Searched once in vain, { $ago }
   *[other] Searched { $times } times in vain, last { $ago }
}
not-looked-yet = Not searched for yet
next-look-in = next search in { $span }
next-look-now = being searched for now
no-next-look = not searched for by itself any more
booking-state-planned = Waiting
booking-state-sending = Sending
booking-state-unknown = Outcome unknown
booking-state-placed = Placed
booking-state-refused = Refused
booking-state-released = Released
booking-state-withdrawn = Withdrawn
goods-purchased = Goods purchased
bought-summary = { $items } in { $purchases }
pay-within = pay within { $time }
paid-on = paid { $day }
sent-on = sent { $day }
bought-part = { $some } of { $all } purchased
note-being-cancelled = Being cancelled at the marketplace; the units stay covered until it is read as closed.
note-cancel-unknown = The outcome of the cancel is not known; the order is read again.
note-cancel-refused = The marketplace refused the cancel: { $reason }
note-bound-by-hand = Bound by hand.
note-other-orders = Also for { $orders }.
note-refund = Refund: { $word }.
note-refunded = { $money } went back.
source-booking = booking
source-push = push
source-poll = synchronization
source-person = asked by a person
pay-on = Pay on { $marketplace }
total-parts = goods { $goods } + freight { $freight }
last-activities = Last activities
all-activities = All activities of this order

## Windows of the Purchase tab

bind-numbers = Order numbers at the marketplace
bind-numbers-hint = One or several. Spaces, dashes, line breaks and pasted links are understood. The orders are read and you see how they fit before anything is bound.
bind-look-up = Look up
bind-confirm = Bind these orders
bind-no-match = no free units of this order fit
bind-button = { $n ->
    [one] Bind { $n } line
   *[other] Bind { $n } lines
}
bind-surplus = { $n ->
    [one] { $n } unit stays as stock without an order
   *[other] { $n } units stay as stock without an order
}
bind-match-specification = same specification
bind-match-plain = same item
bind-match-item = same item, other specification
bind-match-quantity = same quantity only
bind-see = See how they fit
bind-leave = Bind nothing
bind-still-reading = still being read
bind-held = { $n ->
    [one] { $n } unit covers another item already
   *[other] { $n } units cover other items already
}
bind-why-closed = It is closed at the marketplace.
bind-why-no-lines = It has no lines that could be read.
bind-why-already-bound = Every unit of it already covers other items.
bind-why-no-free-units = Every unit of these items is already booked or purchased.
bind-why-other-goods = It holds other goods.
bind-why-nothing-matches = No item of this order fits.
bind-unmatched-status = its status does not allow binding
bind-unmatched-no-free-units = every unit is already booked or purchased
bind-unmatched-no-item-id = the marketplace’s item id is missing
bind-unmatched-other-goods = the order does not hold this item
bind-unmatched-other-specification = the order holds it with another specification
bind-unmatched-nothing-left = no unit of the order’s line is left
unbind-intro = The units become free again and return to Ready for purchase.
unbind-cancel = Also cancel at the marketplace
unbind-cancel-hint = The units stay covered until the marketplace shows the order closed.
unbind-reason-hint = Needed: the purchase is paid and is not cancelled by us.
unbind-units-of = { $units ->
    [one] { $units } unit of { $number }
   *[other] { $units } units of { $number }
}
unbind-no-cancel = It cannot be cancelled at the marketplace as well: { $reason }
adopt-title = Adopt an order
adopt-intro = The marketplace’s order is read first and must hold the goods of this booking.
adopt-number-label = Order number at the marketplace
adopt-hint = You find it in the account’s list of orders at the marketplace.
adopt-candidates = Seen and possible: { $numbers }
adopt-check = Check and adopt
release-title = Release the booking
release-confirm = Last four characters of the reference
release-confirm-hint = Type { $tail }.
release-possible = It can be released.
release-intro = { $times ->
    [one] Reference { $reference } was searched for once in vain, last { $last }.
   *[other] Reference { $reference } was searched for { $times } times in vain, last { $last }.
}
release-warning = Release only when you have seen in the marketplace’s own list that the order is not there. The units can then be booked again. We keep looking for the order for 30 days and tell you if it appears after all.

## Activities

activities-title = Activities
activities-running = Running
activities-waiting = Waiting for a person
activities-errors = With errors
activities-empty-title = Nothing has run yet
activities-empty-text = Every booking, synchronization and change that runs in the background leaves its trace here.
activities-none-title = None at present
activities-none-text = No run is in this state.
progress-close-hint = You can close this window: the run goes on and stays under Activities.
progress-open-page = Open its page
progress-step = Step { $done } of { $of }
leave-out = Leave out
leave-all = Leave all out
accept-price = Accept { $price }
accept-prices = Accept these prices: { $total } in all
go-on-without = { $n ->
    [one] Go on without this line
   *[other] Go on without these { $n } lines
}
raise-to = Raise to { $units } ({ $stock } for stock)
ask-rose = price rose from { $expected } to { $quoted } ({ $rise })
ask-rose-again = price rose again, from the accepted { $accepted } to { $quoted } ({ $rise })
ask-nothing-expected = costs { $quoted }; nothing is known of what it should cost
ask-not-told = the marketplace names no price
ask-not-told-expected = the marketplace names no price; { $expected } is expected
ask-freight = Freight { $quoted } is above { $limit }
ask-freight-again = Freight rose again, from the accepted { $accepted } to { $quoted }
ask-refused = { $items } × { $units }: { $why }
count-placed = placed { $n }
count-refused = refused { $n }
count-unknown = outcome unknown { $n }
count-waiting = waiting { $n }
count-left-out = left out { $n }
count-purchases-of-order = purchases of the order { $n }
count-marketplace-orders = marketplace orders found { $n }
count-read = updated { $n }
count-failed = not readable { $n }
count-unknown-orders = unknown to us { $n }
count-found = found { $n }
count-adopted = adopted { $n }
count-units = units { $n }
count-cancelled = cancelled { $n }
stop-run = Stop at the next safe point
stop-run-note = What has been sent to the marketplace cannot be taken back by stopping.
activity-state-running = Running
activity-state-waiting = Waiting for you
activity-state-done = Done
activity-state-partly = Partly done
activity-state-failed = Failed
activity-state-stopped = Stopped

## Purchases

purchases-title = Purchases
purchases-to-pay = To pay
purchases-to-send = To be sent
purchases-on-the-way = On the way
purchases-trouble = Trouble
purchases-all = All
purchases-all-sessions = All sessions
purchases-empty-title = Nothing here
purchases-empty-text = No purchase is in this state.
col-marketplace-order = Marketplace order
col-account = Account
col-pay-within = Pay within
col-tracking = Tracking
col-for = For
col-seen = Seen
pay-count = { $n ->
    [0] Pay
   *[other] Pay { $shown }
}
pay-by-api = Pay by API
pay-by-api-count = { $n ->
    [0] Pay by API
   *[other] Pay { $shown } by API
}
pay-api-intro = { $account } at { $marketplace } pays { $purchases } with the means that are bound to the account: { $total } in all.
pay-api-total = Sum to pay
pay-api-total-hint = Type { $yuan } to confirm.
pay-api-warning = The money moves at once and cannot be taken back from here. Each order is read again first; when one costs another amount by then, nothing of its request is paid.
pay-api-submit = Pay { $purchases }: { $total }
pay-account = Paid by { $account }
note-pay-asked = Asked to be paid by API, { $at }; it is read until the marketplace shows it paid.
note-pay-unknown = Asked to be paid by API, { $at }, and nobody knows what came of it. It is not sent again by itself; the order is read until it shows.
note-pay-refused = Not paid by API: { $reason }
note-pay-stopped = Not sent for payment: { $reason }
count-paid = paid { $n }
pay-selected = { $count } selected · { $sum }
pay-log-in-as = Log in there as { $account }
pay-log-in-as-strong = Log in there as
pay-opens = The marketplace’s page opens in a moment.
pay-covers = { $purchases } · { $total }: { $numbers }
pay-one-account = One payment link takes purchases of one account only.
pay-most = At most { $most } purchases are paid at once.
pay-select-hint = Tick what you want to pay together.
pay-title = Payment

## Sessions

sessions-title = Sessions
sessions-empty-title = No account is connected
sessions-empty-text = Press the button above. You log in on the marketplace’s own page with the account that shall buy and come back here; no password is kept.
sessions-empty-no-key = Enter your app key of the marketplace first. Then you can log in there with the account that shall buy.
sessions-enter-key = Enter an app key
sessions-connect = Connect an account at { $marketplace }
col-state = State
col-log-in-again-in = Log in again in
col-depends = Depends on it
col-last-good = Last good call
col-owner = Owner
session-depends = { $bookings } open · { $unpaid } to pay
session-state-active = active
session-state-expires-soon = expires soon
session-state-expired = expired
session-state-revoked = revoked
session-state-draining = draining
session-lasts-now = now
session-app-rests = Rests until { $until }: { $reason }
session-rests = No bookings until { $until }: { $reason }
session-error-at = { $at }: { $text }
session-general = General
session-app = App key
session-app-calls = Calls of the app key
session-move = Move to another app key
session-move-short = Other app key
session-move-text = You log in at { $marketplace } once more, through the app key that you choose, with the same account. Its purchases, address and settings stay; its calls then count for that key.
session-move-go = Log in through it
session-account-id = Account id
session-connected-at = Connected
session-renewed-at = Authorisation renewed
session-renewed = { $login } is logged in again. What waited for it goes on.
session-connected = { $login } is connected. Check the address to which its bookings are delivered.
session-connected-no-address = { $login } is connected. It needs a delivery address before it can book.
session-check-address = Check the address
session-enter-address = Enter the address
session-without-address = This session has no delivery address yet and cannot book. Enter it below.
session-deleted = { $login } is deleted.
session-delete = Delete session
session-delete-short = Delete
session-delete-text = Its authorisation is wiped and it is shown no more. What it bought stays in the books.
session-delete-drain = Drain it instead: it then takes no new bookings, and its purchases are looked after to their end.
session-make-default = Make default
session-make-default-hint = Chosen first for its marketplace, where an order has not used another one.
session-book-again = Book again now
session-book-again-hint = You know that the limit is over: bookings go on at once.
session-draining-hint = It takes no new bookings. Its purchases are looked after as before; when the last one is over, it can be deleted.
session-limit-learned = Nobody has set its bookings per day; the number was learnt from a refusal of the marketplace.
session-name = Name
session-name-hint = For people, for example the warehouse it delivers to.
session-daily-limit = Bookings per day
session-daily-limit-hint = Days are Beijing days. Empty: learnt from the marketplace’s refusals.
session-note = Note to the seller
session-note-hint = Goes into every booking, at most { $most } characters. Comments of customers never do.
session-address = Delivery address
session-address-hint = The shop’s warehouse. Goes into every booking; too long for the marketplace is refused, never cut.
session-drain = Drain
session-resume = Take up again
session-drain-hint = A drained session takes no new bookings; its purchases are looked after as before.
address-saved = Address book of the account
address-saved-text = These addresses are kept at the marketplace. The chosen one is filled into the form, with customer and order added; look it over there and save it.
address-saved-none = The account keeps no address at the marketplace.
address-take-over = Fill in
address-taken-over = The address was filled in below with customer and order added. It is kept when you save.
address-full-name = Receiver
address-placeholders = { $customer } and { $order } are filled in, so that the warehouse can tell customers apart.
address-mobile = Mobile
address-phone = Telephone
address-post-code = Post code
address-province = Province (省)
address-city = City (市)
address-area = District (区)
address-town = Town (镇)
address-street = Street, house, room
address-example = As it goes out:

## Settings

settings-title = Settings
settings-general = General
settings-buying = Buying
settings-money = Money
settings-tolerance = Price tolerance
settings-tolerance-hint = So much dearer than expected is bought without asking. 0 asks at every rise. A missing expected price always asks.
settings-tolerance-yuan = Price tolerance per unit
settings-tolerance-yuan-hint = Added to the percentage; for cheap goods, where a percentage is less than a fen.
settings-freight = Ask about freight above
settings-freight-hint = Per purchase. Empty shows the freight and never asks.
settings-paid-share = An order counts as paid from
settings-paid-share-hint = Of its total. From there on its items may be bought.
settings-shipments = Shipments
settings-tracking = Page that follows a shipment
settings-tracking-hint = Tracking codes lead there; { $code } stands for the code. Empty: no links.
settings-pay-by-api = Pay purchases at { $marketplace } by API
settings-pay-by-api-hint = Off: a person pays at the marketplace. On: chosen purchases are paid with the means that are bound to the account, after somebody has typed the sum.
settings-rounding = Decimals shown per currency
settings-rounding-hint = One currency per line, for example “USD 0” to show whole dollars. Amounts are always kept exactly.
apps-title = App keys
apps-none = No app key of { $marketplace } yet. The steps below lead to one.
apps-guide = How to get an app key of { $marketplace }
apps-guide-enter = Enter key and secret
apps-today = { $used } of { $quota } today
apps-today-free = { $used } today
apps-near = { $left ->
    [one] One call is left for { $span }.
   *[other] { $left } calls are left for { $span }.
}
apps-rests = Its sessions rest until { $until }: { $reason }
app-tested-good = The app key { $app } works: { $marketplace } accepts key and secret.
app-tested-bad = The app key { $app } does not work. What is wrong stands beside it.
app-connect-next = Connect an account
app-deleted = The app key { $app } is deleted.
col-calls-today = Calls today
app-add = Add app key
app-edit = Edit app key
app-name = Name
app-name-hint = For people.
app-key = Key
app-key-hint = As the open platform shows it; another key is another app.
app-secret = Secret
app-secret-hint = Kept encrypted and never shown again.
app-secret-keep = Empty keeps the present one.
app-pace = Pace
app-save-and-test = Save and test
app-test = Test the key
app-good-since = works, tested { $ago }
app-refused = does not work
app-clock-behind = The clock of this machine is { $span } behind the marketplace’s.
app-clock-ahead = The clock of this machine is { $span } ahead of the marketplace’s.
app-clock-next = Set it right, best by NTP: signatures and deadlines depend on it.
app-untested = not tested
app-is-off = switched off
app-used-up = used up for today
app-quota = Calls per day
app-quota-hint = As the marketplace tells it for the app. Days are Beijing days. Empty: only counted.
app-switch-off = Switch off
app-off-title = Switch off app key
app-off-text = Nothing goes out with this key until you switch it on again. No account can be connected through it.
app-off-sessions = { $n ->
    [one] One session belongs to it and rests as long: { $sessions }. Nothing is booked, synchronized or looked up for it.
   *[other] { $n } sessions belong to it and rest as long: { $sessions }. Nothing is booked, synchronized or looked up for them.
}
app-switch-on = Switch on
app-go-on = Go on now
app-go-on-hint = You know that the marketplace has begun to count anew: the sessions of this key go on at once.
app-delete = Delete
app-delete-title = Delete app key
app-delete-text = Its secret is wiped and it is listed no more. What was bought with it stays in the books. When you enter the same key again later, it comes back.
app-no-sessions = none

## What is wrong with an app key: by marketplace and its code, else by kind. Codes are in small letters, other signs in them are dashes.

app-check-not-sent = The marketplace cannot be reached from this machine.
app-check-not-sent-next = Look at the network, the name resolution and the firewall of this machine, then test again.
app-check-signature = The marketplace does not accept the signature: key or secret is wrong.
app-check-signature-next = Copy both out of the marketplace’s page again, without blanks.
app-check-permission = Key and secret are right, but the app may not make this call.
app-check-permission-next = Look whether the app is approved and its interfaces are granted. If the app has a list of allowed addresses, the public address of this machine must stand on it.
app-check-throttled = The marketplace is asked too often.
app-check-throttled-next = Test again in a minute.
app-check-used-up = Key and secret are right, but the calls that the app may make today are used up.
app-check-used-up-next = Its sessions go on tomorrow by themselves. Until then use another app key.
app-check-unclear = The marketplace’s answer says neither yes nor no.
app-check-unclear-next = Look at its own words. If the app has a list of allowed addresses, the public address of this machine must stand on it. Else test again later.
app-check-1688-gw-appkeynotfound = 1688 does not know this key.
app-check-1688-gw-appkeynotfound-next = Compare it with App Key on the app’s page. A key that was mistyped is deleted and added anew.
app-check-1688-gw-signatureinvalid = 1688 knows the key, but the secret does not belong to it.
app-check-1688-gw-signatureinvalid-next = Copy App Secret out of the app’s page again; it changes when somebody resets it there.
app-check-1688-sbx-timestampstale = The clock of this machine is wrong.
app-check-1688-sbx-timestampstale-next = Set it right, best by NTP, then test again.
app-check-taobao-invalidappkey = Taobao does not know this key.
app-check-taobao-invalidappkey-next = Compare it with App Key in the console. A key that was mistyped is deleted and added anew.
app-check-taobao-incompletesignature = Taobao knows the key, but the secret does not belong to it.
app-check-taobao-incompletesignature-next = Copy App Secret out of the console again; it changes when somebody resets it there.
app-check-taobao-invalidtimestamp = The clock of this machine is wrong by more than two hours.
app-check-taobao-invalidtimestamp-next = Set it right, best by NTP, then test again.

## Steps to an app key: guide-<marketplace>-<step>, else guide-any-<step>, in the order account, app, access, redirect, push, network, key, login. A link stands under the same name with -link.

guide-any-account = Register as a developer at the marketplace’s open platform with your company’s account.
guide-any-app = Create an app there.
guide-any-access = Apply for the interfaces for placing orders as a buyer. Note how many calls a day the app may make, where that is told.
guide-any-redirect = Enter this address as the app’s redirect address. Logins come back to it.
guide-any-push = Enter this address as the callback of messages. It must be reachable from the internet; without it statuses still come, by looking every few minutes.
guide-any-key = Copy the app’s key and secret into this form. They are tested at once with a call that changes nothing; “Test the key” repeats it.
guide-any-login = Log in at the marketplace, under Sessions, with each account that shall buy. No password is kept.
guide-1688-account = Sign in at the open platform of 1688 with the 1688 account of your company and register as a developer. Expect to be asked for the company’s verification.
guide-1688-account-link = https://open.1688.com/
guide-1688-app = Create an app, and let it be authorised by login (OAuth), so that several accounts can agree to it.
guide-1688-access = Subscribe the app to a solution for placing orders as a buyer. The solution decides which calls the app may make and how many a day; you can enter that number together with the key.
guide-1688-redirect = Enter this address as the app’s callback address. Logins come back to it; 1688 refuses an address of another domain than the registered one.
guide-1688-push = Under messages choose the HTTP callback, enter this address and switch on the topics of orders for buyers. It must be reachable from the internet; without it statuses still come, by looking every few minutes.
guide-1688-key = Copy App Key and App Secret out of the app’s page into this form. They are tested at once with a call that changes nothing; “Test the key” repeats it.
guide-taobao-account = Register your company as a distributor of Taobao Global. Approval takes one or two working days. An ordinary shopper’s login is not enough.
guide-taobao-account-link = https://distributor.taobao.global/
guide-taobao-app = Sign in at the open platform with the distributor account and register an app.
guide-taobao-app-link = https://open.taobao.global/
guide-taobao-access = Have the interfaces of products, purchase orders, logistics and refunds granted to the app. How many calls a day it may make is not published; if your console tells a number, enter it together with the key.
guide-taobao-redirect = Enter this address as the app’s callback address in the console. Logins come back to it.
guide-taobao-push = Enter this address for messages and switch on those of orders, prices and refunds. Taobao delivers only to an address whose certificate names your organisation (OV or EV; a free domain certificate is not enough). Without it statuses still come, by looking every few minutes.
guide-taobao-network = If you give the app a list of allowed addresses, put the public address of this machine on it.
guide-taobao-key = Copy App Key and App Secret out of the console into this form. They are tested at once with a call that changes nothing; “Test the key” repeats it.
guide-taobao-login = Log in, under Sessions, with the distributor account or a sub-account of it. It pays with the Alipay account that is bound to it. No password is kept.

## Own account

own-title = Your account
own-password = Password
own-password-old = Present password
own-password-new = New password
own-password-hint = At least 10 characters. A few words that belong to you are better than signs that nobody remembers.
own-password-again = New password once more
own-password-change = Change password
own-password-saved = The password is changed. Other browsers were signed out.
own-zone = Time zone
own-zone-hint = Times on your pages are shown in it. Deadlines count the same everywhere.

## Logging in at a marketplace

connect-title = Logging in at { $marketplace }
connect-title-again = Logging in again with { $account }
connect-nothing-changed = No session was added or changed.
connect-again = Log in once more
connect-choose-title = Connect an account at { $marketplace }
connect-choose-text = There are several app keys of { $marketplace }. The session belongs to the one that you log in through, and its calls count for it.
connect-through = Log in through { $app }

## Marketplaces

marketplace-1688 = 1688
marketplace-taobao = Taobao
bind-hint-taobao = Both numbers of a Taobao purchase work: the gateway’s and Taobao’s own of 19 digits, which is looked for in the last half year’s purchases. Orders made in an ordinary shopper’s account cannot be seen from here.
connect-caveat-taobao = Taobao sells through this program to distributors only: log in with a distributor account of Taobao Global (distributor.taobao.global), which may also be a sub-account. An ordinary shopper’s account cannot be connected, and orders that were made in one cannot be seen from here.

## Statuses of items

item-status-awaiting-payment = Awaiting payment
item-status-paid = Paid
item-status-price-confirmation = Price confirmation
item-status-booked = Booked
item-status-purchased = Purchased
item-status-shipped-by-seller = Shipped by seller
item-status-at-warehouse = Received at warehouse
item-status-inspection = Quality inspection
item-status-packing = Packing
item-status-ready-to-ship = Ready to ship
item-status-shipped = Shipped
item-status-received = Received
item-status-returned = Returned to seller
item-status-unavailable = Impossible to deliver
item-status-cancelled = Cancelled

## Statuses of orders

order-status-awaiting-payment = Awaiting payment
order-status-paid = Paid
order-status-in-purchase = In purchase
order-status-purchased = Purchased
order-status-at-warehouse = At warehouse
order-status-partly-shipped = Partly shipped
order-status-shipped = Shipped
order-status-completed = Completed
order-status-closed = Closed
order-status-cancelled = Cancelled

## Statuses of purchases

purchase-status-building = Being made
purchase-status-to-pay = Awaiting payment
purchase-status-paid-to-seller = Paid
purchase-status-partly-sent = Partly sent
purchase-status-sent = Shipped by seller
purchase-status-signed = Signed
purchase-status-completed = Completed
purchase-status-closed = Closed
purchase-status-unknown = Unknown word

## Marketplaces’ own words, by their code and in small letters

status-word-1688-waitbuyerpay = waits for payment
status-word-1688-waitsellersend = paid, waits for the seller to send
status-word-1688-waitlogisticstakein = sent, waits for the carrier
status-word-1688-waitbuyerreceive = sent, on the way
status-word-1688-waitbuyersign = arrived, waits to be signed for
status-word-1688-signinsuccess = signed for
status-word-1688-confirm-goods = receipt confirmed
status-word-1688-success = finished
status-word-1688-cancel = closed
status-word-1688-terminated = closed after payment
status-word-taobao-buliding = the order is being made
status-word-taobao-wait-buyer-p = waits for payment
status-word-taobao-wait-seller-send-goods = paid, waits for the seller to send
status-word-taobao-wait-buyer-confirm-goods = sent, waits for receipt to be confirmed
status-word-taobao-trade-finished = finished
status-word-taobao-trade-closed = closed: cancelled, not paid in time, not made, or paid back
refund-word-taobao-10 = asked for, waits for the seller
refund-word-taobao-20 = the seller agreed, the goods are to be sent back
refund-word-taobao-30 = the goods were sent back, waits for the seller
refund-word-taobao-100 = paid back
refund-word-taobao-minus-10 = the seller refused it
refund-word-taobao-minus-20 = closed without money going back

## Why a line cannot be ordered, and what can be done

verdict-ok = can be ordered
verdict-not-for-sale = not for sale online any more
verdict-no-such-specification = the offer has no such specification
verdict-out-of-stock = not enough in stock
verdict-below-minimum = below the seller’s smallest quantity or not a multiple of the lot
verdict-mixed-batch = the seller’s rule for mixed batches is not met
verdict-zero-price = the marketplace names no price
verdict-price-changed = the price differs from what is expected
verdict-not-by-api = the marketplace does not let this be ordered through its interface
verdict-different-sellers = the lines belong to different sellers
verdict-address = the delivery address is not accepted
verdict-limit = a limit of the account or app is used up
verdict-other = refused by the marketplace
verdict-next-ok = Nothing to do.
verdict-next-not-for-sale = Ask the customer for another offer, or set “Impossible to deliver”.
verdict-next-no-such-specification = Correct the specification, or ask the customer.
verdict-next-out-of-stock = Split off what is in stock, wait, or ask the customer.
verdict-next-below-minimum = Raise the quantity (the surplus is the shop’s stock), leave it out, or ask the customer.
verdict-next-mixed-batch = Add goods of this seller, raise quantities, or leave it out.
verdict-next-zero-price = Look at the offer at the marketplace; order by hand and bind it.
verdict-next-price-changed = Accept the price, leave it out, or ask the customer.
verdict-next-not-by-api = Order by hand at the marketplace and bind the order.
verdict-next-different-sellers = The lines are grouped anew and previewed again.
verdict-next-address = Correct the delivery address of the session.
verdict-next-limit = Choose another session, or wait for the next try.
verdict-next-other = Read what the marketplace said, then try again or order by hand and bind it.

## Lists of what needs a person

exceptions-title = Exceptions
exceptions-empty-title = Nothing needs a person
exceptions-empty-text = Differences between what was meant and what stands at a marketplace appear here.
unknown-title = Unknown outcomes
unknown-empty-title = Every outcome is known
unknown-empty-text = A booking appears here when nobody can say whether its order was placed.
col-what = What
col-money = Money
col-since = Since
exception-leave = Leave as it is
advice-open-order = Open the order to decide.
advice-ask-customer = Ask the customer.
advice-write-to-seller = Write to the seller on the marketplace.
difference-over = accepted { $accepted }, costs { $costs }, { $over } more
difference-change = { $was } → { $is }
difference-since = { $number }, since { $time }. It is read on; its units stay reserved.
difference-until = until { $time }
difference-missing = { $item } × { $quantity } is missing
difference-unexpected = { $item } × { $quantity } was not booked
difference-booked = { $item }: booked { $booked }, ordered { $ordered }

## What needs a person

exception-amount-differs = the purchase costs another amount than the booking
exception-specification-differs = another specification than was booked
exception-quantity-differs = another quantity than was booked
exception-item-differs = other goods than were booked
exception-price-changed = the price changed after the booking
exception-freight-changed = the freight changed after the booking
exception-over-ceiling = it costs more than was accepted: Pay is withheld
exception-line-closed = a line was closed
exception-closed-unpaid = it was closed unpaid; the units are free again
exception-closed-after-payment = it was closed after it was paid
exception-refunded = money went back
exception-surplus-order = more orders than were booked carry this reference
exception-surfaced-after-release = an order appeared after its units had been released
exception-refused-but-exists = the marketplace refused the booking, yet the order exists
exception-unbound-alive = unbound, but still alive at the marketplace
exception-unknown-to-us = an order of this account that nobody knows
exception-missing-at-marketplace = the marketplace no longer shows this purchase
exception-outcome-unknown = nobody can say whether the order was placed
exception-still-building = the marketplace has been making the order for more than 30 minutes
exception-cancel-unknown = the outcome of the cancel is not known
exception-pay-unknown = it was asked to be paid by API, and the marketplace does not show it paid
exception-paid-while-cancelling = it was paid while it was being cancelled
exception-pay-deadline = the time to pay is nearly over
exception-action-look-again = Look again
exception-action-accept = Accept
exception-action-cancel = Cancel at the marketplace
exception-cancel-sure = Cancel order { $number } ({ $total }) at the marketplace? That cannot be taken back. Its units stay covered until the marketplace shows it closed.
exception-action-adopt = Adopt
exception-action-bind = Bind
exception-action-unbind = Unbind
exception-action-buy-again = Buy again
exception-action-mark-unavailable = Impossible to deliver
exception-action-mark-returned = Returned to seller
exception-action-ask-customer = Ask the customer
exception-action-release = Release
exception-action-pay = Pay
exception-action-write-to-seller = Write to the seller

## Refusals

no-answer = No answer came
no-answer-text = The network or the server was not there. Press again: what arrives twice counts once.
problem-not-found = There is nothing here
problem-text-not-found = The address is wrong, or what it named does not exist.
problem-method-not-allowed = This address does not take that kind of request
problem-text-method-not-allowed = Go back and use the page’s own buttons.
problem-forbidden = You may not do this
problem-text-forbidden = Ask an administrator for the right, if you need it.
problem-cross-site = The request came from another site
problem-text-cross-site = For safety it was refused and nothing was changed. If you reach this panel through a proxy, its public address must be set in the configuration.
problem-bad-request = The request could not be understood
problem-text-bad-request = Nothing was changed. Reload the page and try again.
problem-too-large = Too much was sent at once
problem-text-too-large = Nothing was changed. Send less at once.
problem-internal = Something went wrong on our side
problem-text-internal = Nothing is half done. Try again; if it stays, give an administrator the request number below.
problem-sign-in = Please sign in
problem-text-sign-in = Your sign-in has ended.
problem-refused = This cannot be done now
problem-invalid = Some fields are wrong
problem-text-invalid = Nothing was changed. Correct the fields and send again.
problem-conflict = It has changed meanwhile
problem-text-conflict = Somebody or something changed it before you. Reload the page and look again.
