-- Orders that their marketplace makes behind its answer: how many the answer named, and why it did
-- not make a line of one (a message in JSON; none for lines that it made).
ALTER TABLE bookings ADD COLUMN orders_named BIGINT;
ALTER TABLE purchase_lines ADD COLUMN refusal TEXT;
