-- CreateIndex
CREATE INDEX "ledger_ip_address_at_id_idx" ON "ledger"("ip_address", "at", "id");
