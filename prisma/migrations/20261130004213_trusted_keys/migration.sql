-- AlterTable
ALTER TABLE "known_browsers" ADD COLUMN     "key_proved_at" TIMESTAMPTZ(3),
ADD COLUMN     "trusted_key" JSONB;

-- By hand: no time that a browser or a program cannot read. NOT VALID: no row has any yet.
ALTER TABLE "known_browsers" ADD CONSTRAINT "known_browsers_key_proved_at_possible" CHECK (is_possible("key_proved_at")) NOT VALID;
