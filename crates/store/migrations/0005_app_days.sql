-- Apps of one marketplace stand beside each other: what each may call in a day and has called, whether
-- it rests, and whether it was taken away.
ALTER TABLE apps ADD COLUMN daily_quota BIGINT;
ALTER TABLE apps ADD COLUMN rests_until_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE apps ADD COLUMN rest_reason TEXT;
ALTER TABLE apps ADD COLUMN removed BOOL NOT NULL DEFAULT FALSE;

CREATE TABLE app_days (
  app_id BIGINT NOT NULL REFERENCES apps (id),
  day TEXT NOT NULL,
  calls BIGINT NOT NULL,
  PRIMARY KEY (app_id, day)
) STRICT;
CREATE INDEX sessions_app ON sessions (app_id);
