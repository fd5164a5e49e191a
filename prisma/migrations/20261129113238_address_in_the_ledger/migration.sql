-- CreateIndex
CREATE INDEX "ledger_event_ip_address_at_id_idx" ON "ledger"("event", "ip_address", "at", "id");
