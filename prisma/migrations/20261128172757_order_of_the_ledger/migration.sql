-- CreateIndex
CREATE INDEX "ledger_user_id_at_id_idx" ON "ledger"("user_id", "at", "id");

-- By hand, for Prisma's schema has no word for it: the log-in of a session, for
-- the line that says which browser was signed out.
CREATE INDEX "ledger_log_in_of_session" ON "ledger" ("session_handle")
  WHERE "event" IN ('authn_login_success', 'authn_login_successafterfail');
