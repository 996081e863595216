-- Further numbers under which people know orders, and which the marketplace cannot be asked for.
CREATE TABLE other_numbers (
  marketplace TEXT NOT NULL,
  other_number TEXT NOT NULL,
  order_number TEXT NOT NULL,
  session_id BIGINT NOT NULL,
  PRIMARY KEY (marketplace, other_number)
) STRICT;
CREATE INDEX other_numbers_order ON other_numbers (marketplace, order_number);
