-- CreateTable
CREATE TABLE "factor_recoveries" (
    "user_id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "told_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
    "sent_at" TIMESTAMPTZ(3),
    "user_agent" TEXT,
    "ip_address" INET,

    CONSTRAINT "factor_recoveries_pkey" PRIMARY KEY ("user_id")
);

-- CreateIndex
CREATE INDEX "factor_recoveries_told_at_idx" ON "factor_recoveries"("told_at");

-- AddForeignKey
ALTER TABLE "factor_recoveries" ADD CONSTRAINT "factor_recoveries_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- By hand, as for the other tables: a time is one that a calendar has.
ALTER TABLE "factor_recoveries" ADD CONSTRAINT "factor_recoveries_times_possible"
  CHECK (is_possible("started_at") AND is_possible("due_at") AND is_possible("told_at") AND is_possible("sent_at"));
