-- What is asked however much there is: the orders of a run, what is still open of a session, and
-- claims by their line, ended ones too: whose units a booking or a purchase ever held.

CREATE INDEX activity_orders_activity ON activity_orders (activity_id);
CREATE INDEX purchases_session_open ON purchases (session_id, status) WHERE status NOT IN ('completed', 'closed');
CREATE INDEX claims_of_booking_line ON claims (booking_line_id) WHERE booking_line_id IS NOT NULL;
CREATE INDEX claims_of_purchase_line ON claims (purchase_line_id) WHERE purchase_line_id IS NOT NULL;
DROP INDEX claims_booking_line;
DROP INDEX claims_purchase_line;
