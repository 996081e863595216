-- At some marketplaces orders speak other ids than offers do. Both ways, as an offer told them.
CREATE TABLE orderables (
  marketplace TEXT NOT NULL,
  orderable_item TEXT NOT NULL,
  orderable_specification TEXT NOT NULL,
  item TEXT NOT NULL,
  specification TEXT NOT NULL,
  read_at BIGINT NOT NULL,
  PRIMARY KEY (marketplace, orderable_item, orderable_specification)
) STRICT;
CREATE INDEX orderables_own ON orderables (marketplace, item, specification);
