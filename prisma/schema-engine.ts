// Prisma's schema engine, without its download: what `prisma migrate` would fetch
// as a native program is also published on npm, as WebAssembly. The SQL, the
// checksums and the table `_prisma_migrations` are the same.

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

/** Does `work` with an engine on the database at `url`, and returns what it returned. */
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

/** Does `work` with an engine that can compare schema files and has no database. */
export async function withEngineAlone<T>(work: Work<T>): Promise<T> {
  return withAdapter(NO_DATABASE, work);
}

/**
 * The adapter takes a script apart at every semicolon, also at one in a comment
 * or a function's body. Postgres does that better, and takes the whole script as
 * one transaction: a migration that fails leaves nothing behind.
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

/** The engine reports the text of no other kind of error. */
function throwForEngine(error: unknown): never {
  if (!(error instanceof DatabaseError)) throw error;
  const { code = "", severity = "", message, detail, column, hint } = error;
  throw new DriverAdapterError({ kind: "postgres", code, severity, message, detail, column, hint });
}

/** The engine asks for the database's version when it starts. This one has nothing to say. */
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
    () => {}, // its log; what goes wrong, it throws
    bindMigrationAwareSqlAdapterFactory(adapter),
  );
  try {
    return await work(engine);
  } finally {
    engine.free();
  }
}

let loading: Promise<void> | undefined;

/** The package's own entry imports the WebAssembly as a module, which Node 20 cannot do. */
async function loadEngine(): Promise<void> {
  const path = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const wasm = await readFile(path.replace(/\.js$/, ".wasm"));
  const { instance } = await WebAssembly.instantiate(wasm, { "./schema_engine_bg.js": { ...bindings } });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
}
