-- DropIndex
DROP INDEX "ledger_event_at_idx";

-- CreateIndex
CREATE INDEX "ledger_user_id_event_at_id_idx" ON "ledger"("user_id", "event", "at", "id");

-- CreateIndex
CREATE INDEX "ledger_event_at_id_idx" ON "ledger"("event", "at", "id");
