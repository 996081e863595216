-- A form that is sent twice makes one parcel.
CREATE TABLE parcel_requests (
  request_id TEXT NOT NULL PRIMARY KEY,
  parcel_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL REFERENCES orders (id)
) STRICT;
