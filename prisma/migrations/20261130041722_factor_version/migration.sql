-- AlterTable
ALTER TABLE "users" ADD COLUMN     "factor_version" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "links" ADD COLUMN     "factor_version" INTEGER;

-- By hand: counts the changes of a user's factors, and each new set of recovery codes. Not the use of one.
CREATE FUNCTION count_factor_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE users SET "factor_version" = "factor_version" + 1
   WHERE "id" = CASE WHEN TG_OP = 'DELETE' THEN OLD."user_id" ELSE NEW."user_id" END;
  RETURN NULL;
END $$;

CREATE FUNCTION count_new_codes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE users SET "factor_version" = "factor_version" + 1 WHERE "id" IN (SELECT "user_id" FROM added);
  RETURN NULL;
END $$;

CREATE TRIGGER totp_counts_new AFTER INSERT ON "totp"
  FOR EACH ROW WHEN (NEW."confirmed_at" IS NOT NULL) EXECUTE FUNCTION count_factor_change();
CREATE TRIGGER totp_counts_change AFTER UPDATE OF "confirmed_at" ON "totp"
  FOR EACH ROW WHEN (OLD."confirmed_at" IS DISTINCT FROM NEW."confirmed_at") EXECUTE FUNCTION count_factor_change();
CREATE TRIGGER totp_counts_removal AFTER DELETE ON "totp"
  FOR EACH ROW WHEN (OLD."confirmed_at" IS NOT NULL) EXECUTE FUNCTION count_factor_change();
CREATE TRIGGER passkeys_count_change AFTER INSERT OR DELETE ON "passkeys"
  FOR EACH ROW EXECUTE FUNCTION count_factor_change();
CREATE TRIGGER recovery_codes_count_new AFTER INSERT ON "recovery_codes"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_new_codes();
