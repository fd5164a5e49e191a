// Runs Prisma's schema engine without downloading it (decision 5). `prisma migrate` would
// download a native program; npm has the same engine as WebAssembly, with the same SQL,
// checksums and `_prisma_migrations` table.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import {
  bindMigrationAwareSqlAdapterFactory,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import { DatabaseError, Pool } from "pg";
import { Adapter, Connection } from "@/lib/connection";
import { SCHEMA } from "./generate";

export type { MigrationList, SchemaEngine } from "@prisma/schema-engine-wasm/schema_engine_bg";

type Work<T> = (engine: bindings.SchemaEngine) => Promise<T>;

/** Runs `work` with an engine connected to the database at `url`, and returns its result. */
export async function withEngine<T>(url: string, work: Work<T>): Promise<T> {
  // One connection, because the engine locks the database for its session.
  const pool = new Pool({ Client: Connection, connectionString: url, max: 1 });
  pool.on("error", () => {}); // a lost connection fails the next query as well
  try {
    return await withAdapter(new MigratingPg(pool), work);
  } finally {
    await pool.end();
  }
}

/** Runs `work` with an engine that has no database and can only compare schema files. */
export async function withEngineAlone<T>(work: Work<T>): Promise<T> {
  return withAdapter(NO_DATABASE, work);
}

/**
 * Sends a migration's script to Postgres as a whole. Prisma's adapter would split it at
 * every semicolon, even inside a comment or a function's body. Postgres parses it
 * correctly and runs it as one transaction, so a failed migration leaves nothing behind.
 */
class MigratingPg extends Adapter {
  override async connect() {
    const adapter = await super.connect();
    adapter.executeScript = async (script) => {
      await adapter.underlyingDriver().query(script).catch(throwForEngine);
    };
    return adapter;
  }
}

/** Converts a database error into the only kind whose message the engine reports. */
function throwForEngine(error: unknown): never {
  if (!(error instanceof DatabaseError)) throw error;
  const { code = "", severity = "", message, detail, column, hint } = error;
  throw new DriverAdapterError({ kind: "postgres", code, severity, message, detail, column, hint });
}

/** An adapter without a database. The engine queries the version at start-up, and gets no rows. */
const NOTHING: SqlDriverAdapter = {
  provider: "postgres",
  adapterName: "no-database",
  queryRaw: async () => ({ columnNames: [], columnTypes: [], rows: [] }),
  executeRaw: async () => 0,
  executeScript: async () => {},
  startTransaction: () => Promise.reject(new Error("There is no database")),
  dispose: async () => {},
};

const NO_DATABASE: SqlMigrationAwareDriverAdapterFactory = {
  provider: "postgres",
  adapterName: "no-database",
  connect: async () => NOTHING,
  connectToShadowDb: async () => NOTHING,
};

async function withAdapter<T>(adapter: SqlMigrationAwareDriverAdapterFactory, work: Work<T>): Promise<T> {
  loading ??= loadEngine();
  await loading;
  const datamodels: [string, string][] = [[SCHEMA, await readFile(SCHEMA, "utf8")]];
  const engine = await bindings.SchemaEngine.new(
    { datamodels },
    () => {}, // its log, which we drop: the engine throws its errors
    bindMigrationAwareSqlAdapterFactory(adapter),
  );
  try {
    return await work(engine);
  } finally {
    engine.free();
  }
}

let loading: Promise<void> | undefined;

/** Loads the WebAssembly by hand: the package's entry point imports it as a module, which Node 20 cannot do. */
async function loadEngine(): Promise<void> {
  const path = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const wasm = await readFile(path.replace(/\.js$/, ".wasm"));
  const { instance } = await WebAssembly.instantiate(wasm, { "./schema_engine_bg.js": { ...bindings } });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
}
