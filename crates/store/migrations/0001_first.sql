-- Written once for both databases: BIGINT, TEXT, BYTES and BOOL are translated by `migrate.rs`,
-- a block between `--only sqlite` / `--only pg` and `--end` is kept for that one.
-- Moments are microseconds since 1970 (`…_at`, `…_by`), marketplace money is fen (`…_fen`),
-- customer money is decimal text.

CREATE TABLE settings (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL,
  changed_at BIGINT NOT NULL
) STRICT;

CREATE TABLE users (
  id BIGINT NOT NULL PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  zone TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  disabled_at BIGINT
) STRICT;

CREATE TABLE web_sessions (
  token_hash TEXT NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL REFERENCES users (id),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL
) STRICT;
CREATE INDEX web_sessions_ends ON web_sessions (ends_at);

CREATE TABLE sign_in_failures (
  who TEXT NOT NULL PRIMARY KEY,
  failures BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  blocked_until_at BIGINT NOT NULL
) STRICT;

CREATE TABLE apps (
  id BIGINT NOT NULL PRIMARY KEY,
  marketplace TEXT NOT NULL,
  app_key TEXT NOT NULL,
  secret TEXT NOT NULL,
  label TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  checked_at BIGINT,
  check_error TEXT,
  clock_offset_us BIGINT,
  UNIQUE (marketplace, app_key)
) STRICT;

CREATE TABLE sessions (
  id BIGINT NOT NULL PRIMARY KEY,
  marketplace TEXT NOT NULL,
  app_id BIGINT NOT NULL REFERENCES apps (id),
  account TEXT NOT NULL,
  login TEXT NOT NULL,
  label TEXT NOT NULL,
  owner TEXT NOT NULL,
  state TEXT NOT NULL,
  draining BOOL NOT NULL,
  is_default BOOL NOT NULL,
  access_token TEXT NOT NULL,
  access_ends_at BIGINT NOT NULL,
  refresh_token TEXT,
  refresh_ends_at BIGINT,
  candidate_token TEXT,
  generation BIGINT NOT NULL,
  refresh_lease_until_at BIGINT NOT NULL,
  address TEXT NOT NULL,
  seller_note TEXT NOT NULL,
  daily_limit BIGINT,
  learned_limit BIGINT,
  paused_until_at BIGINT NOT NULL,
  pause_reason TEXT,
  booking_paused_until_at BIGINT NOT NULL,
  booking_pause_reason TEXT,
  tokens_at BIGINT NOT NULL,
  last_ok_at BIGINT,
  last_error TEXT,
  last_error_at BIGINT,
  sync_cursor_at BIGINT,
  sync_done_at BIGINT,
  restored_at BIGINT,
  caught_up_at BIGINT,
  created_at BIGINT NOT NULL,
  UNIQUE (marketplace, app_id, account)
) STRICT;

CREATE TABLE session_days (
  session_id BIGINT NOT NULL REFERENCES sessions (id),
  day TEXT NOT NULL,
  used BIGINT NOT NULL,
  PRIMARY KEY (session_id, day)
) STRICT;

CREATE TABLE paces (
  scope TEXT NOT NULL PRIMARY KEY,
  next_at BIGINT NOT NULL
) STRICT;

CREATE TABLE login_attempts (
  state_hash TEXT NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL,
  app_id BIGINT NOT NULL REFERENCES apps (id),
  session_id BIGINT,
  return_to TEXT NOT NULL,
  ends_at BIGINT NOT NULL,
  used_at BIGINT
) STRICT;

CREATE TABLE orders (
  id BIGINT NOT NULL PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  imported_at BIGINT NOT NULL,
  customer_code TEXT NOT NULL,
  customer_name TEXT NOT NULL,
  status TEXT NOT NULL,
  person_status TEXT,
  currency TEXT NOT NULL,
  goods TEXT NOT NULL,
  delivery_cost TEXT NOT NULL,
  delivery_service TEXT NOT NULL,
  total TEXT NOT NULL,
  paid TEXT NOT NULL,
  weight_g BIGINT,
  rate TEXT,
  rate_day TEXT,
  comment_customer TEXT NOT NULL,
  comment_operator TEXT NOT NULL,
  items_count BIGINT NOT NULL,
  item_counts TEXT NOT NULL,
  ready_items BIGINT NOT NULL,
  marketplaces TEXT NOT NULL,
  open_exceptions BIGINT NOT NULL,
  open_unknown BIGINT NOT NULL,
  last_session_id BIGINT,
  version BIGINT NOT NULL
) STRICT;
CREATE INDEX orders_created ON orders (created_at, id);

CREATE TABLE order_sources (
  order_id BIGINT NOT NULL PRIMARY KEY REFERENCES orders (id),
  content TEXT NOT NULL
) STRICT;

CREATE TABLE order_facets (
  facet TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  order_id BIGINT NOT NULL REFERENCES orders (id),
  PRIMARY KEY (facet, created_at, order_id)
) STRICT;
CREATE INDEX order_facets_order ON order_facets (order_id, facet);

CREATE TABLE search_terms (
  term TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  order_id BIGINT NOT NULL REFERENCES orders (id),
  PRIMARY KEY (term, created_at, order_id)
) STRICT;
CREATE INDEX search_terms_order ON search_terms (order_id, term);

-- How many rows carry a facet. Kept by triggers; on PostgreSQL as added rows that housekeeping
-- folds together, so that writers never wait for each other on a counter.
--only sqlite
CREATE TABLE facet_counts (name TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL) STRICT;
CREATE TRIGGER order_facets_added AFTER INSERT ON order_facets BEGIN
  INSERT INTO facet_counts (name, n) VALUES ('order ' || new.facet, 1)
  ON CONFLICT (name) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER order_facets_removed AFTER DELETE ON order_facets BEGIN
  UPDATE facet_counts SET n = n - 1 WHERE name = 'order ' || old.facet;
END;
CREATE TRIGGER orders_added AFTER INSERT ON orders BEGIN
  INSERT INTO facet_counts (name, n) VALUES ('orders', 1) ON CONFLICT (name) DO UPDATE SET n = n + 1;
END;
--end
--only pg
CREATE TABLE facet_counts (name TEXT NOT NULL, n BIGINT NOT NULL);
CREATE INDEX facet_counts_name ON facet_counts (name);
CREATE FUNCTION order_facets_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO facet_counts (name, n) VALUES ('order ' || NEW.facet, 1); RETURN NULL;
END $$;
CREATE FUNCTION order_facets_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO facet_counts (name, n) VALUES ('order ' || OLD.facet, -1); RETURN NULL;
END $$;
CREATE FUNCTION orders_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO facet_counts (name, n) VALUES ('orders', 1); RETURN NULL;
END $$;
CREATE TRIGGER order_facets_added AFTER INSERT ON order_facets FOR EACH ROW EXECUTE FUNCTION order_facets_added();
CREATE TRIGGER order_facets_removed AFTER DELETE ON order_facets FOR EACH ROW EXECUTE FUNCTION order_facets_removed();
CREATE TRIGGER orders_added AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION orders_added();
--end

CREATE TABLE payments (
  id BIGINT NOT NULL PRIMARY KEY,
  order_id BIGINT NOT NULL REFERENCES orders (id),
  amount TEXT NOT NULL,
  note TEXT NOT NULL,
  actor TEXT NOT NULL,
  at BIGINT NOT NULL,
  request_id TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX payments_order ON payments (order_id, at);

CREATE TABLE items (
  id BIGINT NOT NULL PRIMARY KEY,
  order_id BIGINT NOT NULL REFERENCES orders (id),
  position BIGINT NOT NULL,
  marketplace TEXT NOT NULL,
  item TEXT NOT NULL,
  specification TEXT,
  seller TEXT,
  seller_name TEXT NOT NULL,
  title_original TEXT NOT NULL,
  title TEXT NOT NULL,
  configuration_original TEXT NOT NULL,
  configuration TEXT NOT NULL,
  image TEXT,
  unit TEXT NOT NULL,
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  units_taken BIGINT NOT NULL,
  price TEXT NOT NULL,
  expected_fen BIGINT,
  weight_g BIGINT,
  status TEXT NOT NULL,
  status_by_person BOOL NOT NULL,
  status_at BIGINT NOT NULL,
  bought_elsewhere TEXT,
  note TEXT,
  marketplace_says TEXT,
  comment_customer TEXT NOT NULL,
  comment_operator TEXT NOT NULL,
  customers_original TEXT,
  version BIGINT NOT NULL,
  UNIQUE (order_id, position),
  CONSTRAINT items_units CHECK (units_taken BETWEEN 0 AND quantity)
) STRICT;

CREATE TABLE activities (
  id BIGINT NOT NULL PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE,
  operation TEXT NOT NULL,
  actor TEXT NOT NULL,
  order_id BIGINT REFERENCES orders (id),
  session_id BIGINT REFERENCES sessions (id),
  title TEXT NOT NULL,
  state TEXT NOT NULL,
  stop_asked BOOL NOT NULL,
  data TEXT NOT NULL,
  steps TEXT NOT NULL,
  counts TEXT NOT NULL,
  version BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  finished_at BIGINT
) STRICT;
CREATE INDEX activities_started ON activities (started_at, id);
CREATE INDEX activities_open ON activities (state, id);

CREATE TABLE activity_orders (
  order_id BIGINT NOT NULL REFERENCES orders (id),
  activity_id BIGINT NOT NULL REFERENCES activities (id),
  PRIMARY KEY (order_id, activity_id)
) STRICT;

CREATE TABLE bookings (
  id BIGINT NOT NULL PRIMARY KEY,
  marketplace TEXT NOT NULL,
  session_id BIGINT NOT NULL REFERENCES sessions (id),
  activity_id BIGINT REFERENCES activities (id),
  order_id BIGINT NOT NULL REFERENCES orders (id),
  reference TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  seller TEXT,
  seller_name TEXT NOT NULL,
  address TEXT NOT NULL,
  note TEXT NOT NULL,
  terms TEXT NOT NULL,
  goods_fen BIGINT NOT NULL,
  freight_fen BIGINT NOT NULL,
  accepted TEXT NOT NULL,
  previewed_at BIGINT NOT NULL,
  planned_at BIGINT NOT NULL,
  token TEXT,
  sending_at BIGINT,
  send_by BIGINT,
  sender_ended_at BIGINT,
  allowance_day TEXT,
  outcome_at BIGINT,
  reason TEXT,
  looks BIGINT NOT NULL,
  empty_looks BIGINT NOT NULL,
  looked_at BIGINT,
  look_at BIGINT,
  released_at BIGINT,
  released_by TEXT,
  successor_of BIGINT,
  actor TEXT NOT NULL
) STRICT;
CREATE INDEX bookings_session_state ON bookings (session_id, state);
CREATE INDEX bookings_look ON bookings (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX bookings_order ON bookings (order_id, planned_at);
CREATE INDEX bookings_unknown ON bookings (id) WHERE state = 'unknown';

CREATE TABLE booking_lines (
  id BIGINT NOT NULL PRIMARY KEY,
  booking_id BIGINT NOT NULL REFERENCES bookings (id),
  item TEXT NOT NULL,
  specification TEXT,
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  surplus BIGINT NOT NULL,
  price_fen BIGINT,
  placed BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  reason TEXT,
  CONSTRAINT booking_lines_outcome CHECK (placed >= 0 AND refused >= 0 AND surplus >= 0 AND placed + refused + surplus <= quantity)
) STRICT;
CREATE INDEX booking_lines_booking ON booking_lines (booking_id);

CREATE TABLE purchases (
  id BIGINT NOT NULL PRIMARY KEY,
  marketplace TEXT NOT NULL,
  order_number TEXT NOT NULL,
  session_id BIGINT NOT NULL REFERENCES sessions (id),
  booking_id BIGINT REFERENCES bookings (id),
  reference TEXT,
  seller TEXT,
  seller_name TEXT NOT NULL,
  status TEXT NOT NULL,
  raw_status TEXT NOT NULL,
  raw_refund TEXT,
  close_reason TEXT,
  total_fen BIGINT NOT NULL,
  goods_fen BIGINT NOT NULL,
  freight_fen BIGINT NOT NULL,
  refunded_fen BIGINT NOT NULL,
  accepted_fen BIGINT,
  made_at BIGINT,
  modified_at BIGINT,
  paid_at BIGINT,
  pay_by BIGINT,
  sent_at BIGINT,
  read_at BIGINT NOT NULL,
  source TEXT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  was_paid BOOL NOT NULL,
  unbound_at BIGINT,
  unbound_reason TEXT,
  cancel_state TEXT,
  cancel_token TEXT,
  cancel_asked_at BIGINT,
  cancel_error TEXT,
  read_due_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (marketplace, order_number)
) STRICT;
CREATE INDEX purchases_session_due ON purchases (session_id, read_due_at);
CREATE INDEX purchases_booking ON purchases (booking_id);
CREATE INDEX purchases_reference ON purchases (reference);
CREATE INDEX purchases_cancel ON purchases (cancel_asked_at) WHERE cancel_state IN ('asked', 'sending', 'unknown');

CREATE TABLE purchase_lines (
  id BIGINT NOT NULL PRIMARY KEY,
  purchase_id BIGINT NOT NULL REFERENCES purchases (id),
  line TEXT NOT NULL,
  item TEXT NOT NULL,
  specification TEXT,
  title TEXT NOT NULL,
  configuration TEXT NOT NULL,
  image TEXT,
  quantity BIGINT NOT NULL,
  units_allocated BIGINT NOT NULL,
  price_fen BIGINT NOT NULL,
  amount_fen BIGINT NOT NULL,
  status TEXT NOT NULL,
  raw_status TEXT NOT NULL,
  raw_refund TEXT,
  refunded BOOL NOT NULL,
  UNIQUE (purchase_id, line),
  CONSTRAINT purchase_lines_units CHECK (units_allocated BETWEEN 0 AND quantity)
) STRICT;

-- Who explains a taken unit: an open booking's line, or a purchase's line (then it is an allocation).
CREATE TABLE claims (
  id BIGINT NOT NULL PRIMARY KEY,
  item_id BIGINT NOT NULL REFERENCES items (id),
  booking_line_id BIGINT REFERENCES booking_lines (id),
  purchase_line_id BIGINT REFERENCES purchase_lines (id),
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  made_at BIGINT NOT NULL,
  ended_at BIGINT,
  end_reason TEXT,
  CONSTRAINT claims_one CHECK ((booking_line_id IS NULL) <> (purchase_line_id IS NULL))
) STRICT;
-- Ended claims too: an order is found under the numbers of every purchase that ever covered it.
CREATE INDEX claims_item ON claims (item_id);
CREATE INDEX claims_booking_line ON claims (booking_line_id) WHERE ended_at IS NULL;
CREATE INDEX claims_purchase_line ON claims (purchase_line_id) WHERE ended_at IS NULL;

CREATE TABLE deliveries (
  id BIGINT NOT NULL PRIMARY KEY,
  purchase_id BIGINT NOT NULL REFERENCES purchases (id),
  delivery TEXT NOT NULL,
  carrier TEXT NOT NULL,
  tracking TEXT NOT NULL,
  raw_status TEXT NOT NULL,
  sent_at BIGINT,
  lines TEXT NOT NULL,
  read_at BIGINT NOT NULL,
  UNIQUE (purchase_id, delivery)
) STRICT;

CREATE TABLE purchase_facets (
  facet TEXT NOT NULL,
  sort_key BIGINT NOT NULL,
  purchase_id BIGINT NOT NULL REFERENCES purchases (id),
  PRIMARY KEY (facet, sort_key, purchase_id)
) STRICT;
CREATE INDEX purchase_facets_purchase ON purchase_facets (purchase_id, facet);
--only sqlite
CREATE TRIGGER purchase_facets_added AFTER INSERT ON purchase_facets BEGIN
  INSERT INTO facet_counts (name, n) VALUES ('purchase ' || new.facet, 1)
  ON CONFLICT (name) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER purchase_facets_removed AFTER DELETE ON purchase_facets BEGIN
  UPDATE facet_counts SET n = n - 1 WHERE name = 'purchase ' || old.facet;
END;
--end
--only pg
CREATE FUNCTION purchase_facets_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO facet_counts (name, n) VALUES ('purchase ' || NEW.facet, 1); RETURN NULL;
END $$;
CREATE FUNCTION purchase_facets_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO facet_counts (name, n) VALUES ('purchase ' || OLD.facet, -1); RETURN NULL;
END $$;
CREATE TRIGGER purchase_facets_added AFTER INSERT ON purchase_facets FOR EACH ROW EXECUTE FUNCTION purchase_facets_added();
CREATE TRIGGER purchase_facets_removed AFTER DELETE ON purchase_facets FOR EACH ROW EXECUTE FUNCTION purchase_facets_removed();
--end

CREATE TABLE exceptions (
  id BIGINT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  marketplace TEXT NOT NULL,
  session_id BIGINT REFERENCES sessions (id),
  order_id BIGINT REFERENCES orders (id),
  item_id BIGINT REFERENCES items (id),
  purchase_id BIGINT REFERENCES purchases (id),
  booking_id BIGINT REFERENCES bookings (id),
  subject TEXT NOT NULL,
  facts TEXT NOT NULL,
  money_fen BIGINT,
  opened_at BIGINT NOT NULL,
  closed_at BIGINT,
  closed_by TEXT,
  -- A person took the difference as it is: with the same facts it is not opened again.
  accepted_at BIGINT
) STRICT;
CREATE INDEX exceptions_subject ON exceptions (kind, subject);
CREATE UNIQUE INDEX exceptions_open ON exceptions (kind, subject) WHERE closed_at IS NULL;
CREATE INDEX exceptions_purchase ON exceptions (purchase_id) WHERE closed_at IS NULL;
CREATE INDEX exceptions_order ON exceptions (order_id) WHERE closed_at IS NULL;
CREATE INDEX exceptions_booking ON exceptions (booking_id) WHERE closed_at IS NULL;

CREATE TABLE parcels (
  id BIGINT NOT NULL PRIMARY KEY,
  order_id BIGINT NOT NULL REFERENCES orders (id),
  position BIGINT NOT NULL,
  status TEXT NOT NULL,
  service TEXT NOT NULL,
  tracking TEXT NOT NULL,
  weight_g BIGINT,
  length_mm BIGINT,
  width_mm BIGINT,
  height_mm BIGINT,
  note TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (order_id, position)
) STRICT;

CREATE TABLE parcel_items (
  parcel_id BIGINT NOT NULL REFERENCES parcels (id),
  item_id BIGINT NOT NULL REFERENCES items (id),
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (parcel_id, item_id)
) STRICT;
CREATE INDEX parcel_items_item ON parcel_items (item_id);

CREATE TABLE history (
  id BIGINT NOT NULL PRIMARY KEY,
  order_id BIGINT NOT NULL REFERENCES orders (id),
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  grouping TEXT NOT NULL,
  actor TEXT NOT NULL,
  item_id BIGINT,
  booking_id BIGINT,
  purchase_id BIGINT,
  parcel_id BIGINT,
  was TEXT,
  became TEXT,
  facts TEXT NOT NULL
) STRICT;
CREATE INDEX history_order ON history (order_id, id);
CREATE INDEX history_order_group ON history (order_id, grouping, id);

CREATE TABLE jobs (
  id BIGINT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  dedupe TEXT UNIQUE,
  payload TEXT NOT NULL,
  session_id BIGINT,
  activity_id BIGINT,
  state TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  slot_at BIGINT,
  again BOOL NOT NULL,
  attempts BIGINT NOT NULL,
  lease_owner TEXT,
  lease_until_at BIGINT,
  lease_epoch BIGINT NOT NULL,
  last_error TEXT,
  made_at BIGINT NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (state, run_at, id);
CREATE INDEX jobs_lease ON jobs (state, lease_until_at);
CREATE INDEX jobs_activity ON jobs (activity_id);
CREATE INDEX jobs_session ON jobs (session_id, state);

CREATE TABLE pushes (
  id BIGINT NOT NULL PRIMARY KEY,
  marketplace TEXT NOT NULL,
  app_id BIGINT NOT NULL REFERENCES apps (id),
  message TEXT NOT NULL,
  topic TEXT NOT NULL,
  body BYTES NOT NULL,
  hint TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  worked_at BIGINT,
  note TEXT,
  UNIQUE (marketplace, app_id, message)
) STRICT;
CREATE INDEX pushes_waiting ON pushes (received_at) WHERE worked_at IS NULL;

CREATE TABLE offers (
  marketplace TEXT NOT NULL,
  item TEXT NOT NULL,
  facts TEXT NOT NULL,
  -- When these facts were read; none while there are none.
  read_at BIGINT,
  -- Why the last try failed, and when it was made.
  error TEXT,
  tried_at BIGINT NOT NULL,
  PRIMARY KEY (marketplace, item)
) STRICT;

CREATE TABLE strangers (
  marketplace TEXT NOT NULL,
  order_number TEXT NOT NULL,
  session_id BIGINT NOT NULL REFERENCES sessions (id),
  reference TEXT,
  total_fen BIGINT NOT NULL,
  seller_name TEXT NOT NULL,
  made_at BIGINT,
  first_seen_at BIGINT NOT NULL,
  PRIMARY KEY (marketplace, order_number)
) STRICT;
