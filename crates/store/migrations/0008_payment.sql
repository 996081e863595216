-- Paying through a marketplace's interface: the intent and what became of it, as JSON; none where
-- nobody asked for it.
ALTER TABLE purchases ADD COLUMN payment TEXT;
