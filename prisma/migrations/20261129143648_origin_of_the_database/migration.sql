-- CreateTable
CREATE TABLE "origin" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "identity" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),

    CONSTRAINT "origin_pkey" PRIMARY KEY ("id")
);


-- By hand: one row, which says where this database is. A dump that is restored creates the database or its
-- tables anew, so they get other numbers than the row in it says. It runs with the rights of its owner, so
-- that every role gets the same answer. A provider may forbid pg_control_system().
ALTER TABLE "origin" ADD CONSTRAINT "origin_is_one_row" CHECK ("id" = 1);

CREATE FUNCTION database_identity() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
DECLARE
  cluster text := 'unknown';
BEGIN
  BEGIN
    cluster := (SELECT system_identifier FROM pg_control_system());
  EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN NULL;
  END;
  RETURN concat_ws('/', cluster, (SELECT oid FROM pg_database WHERE datname = current_database()), 'sessions'::regclass::oid);
END $$;

INSERT INTO "origin" ("identity") VALUES (database_identity());
