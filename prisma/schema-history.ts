// Which schema the migrations lead to, all together. Each has the schema of the
// branch on which it was written beside it. Two branches that were merged have two
// ends, and neither schema knows what the other one made.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withEngineAlone } from "./schema-engine";

/** A migration: its SQL, and the schema that its author had then. */
export type Written = { sql: string; schema: string };

/** The schemas and the SQL of these migrations of a folder. */
export async function readWritten(folder: string, names: string[]): Promise<Written[]> {
  const read = (name: string, file: string) => readFile(join(folder, name, file), "utf8");
  return Promise.all(
    names.map(async (name) => ({ sql: await read(name, "migration.sql"), schema: await read(name, "schema.prisma") })),
  );
}

/** The schema of a database that has had all of these migrations, oldest first; null where there is none. */
export async function schemaAfter(migrations: Written[]): Promise<string | null> {
  let schema: string | null = null;
  for (const [index, migration] of migrations.entries()) {
    const earlier = [null, ...migrations.slice(0, index).map((written) => written.schema)].reverse();
    schema = await schemaWith(schema, migration, earlier);
  }
  return schema;
}

/** `so far` with what one more migration does to it. `earlier` are the schemas from which it may have been written. */
async function schemaWith(soFar: string | null, migration: Written, earlier: (string | null)[]): Promise<string> {
  if (await isWrittenFrom(soFar, migration)) return migration.schema;
  for (const base of earlier) {
    if (await isWrittenFrom(base, migration)) return merge({ base, ours: soFar, theirs: migration.schema });
  }
  // Its SQL was changed by hand, for example to rename a column.
  return migration.schema;
}

/** Whether a migration was written from this schema: its SQL then has each statement that leads from there to its own. */
async function isWrittenFrom(schema: string | null, migration: Written): Promise<boolean> {
  const written = statementsOf(migration.sql);
  return statementsOf((await difference(schema, migration.schema)) ?? "").every((one) => written.includes(one));
}

/** The SQL that leads from one schema (null: from nothing) to another; null if they are alike. */
export async function difference(from: string | null, to: string): Promise<string | null> {
  const { exitCode, stdout } = await withEngineAlone((engine) =>
    engine.diff({
      from: from === null ? { tag: "empty" } : asDatamodel(from),
      to: asDatamodel(to),
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    }),
  );
  return exitCode === 0 ? null : stdout;
}

function asDatamodel(content: string) {
  return { tag: "schemaDatamodel" as const, files: [{ path: "schema.prisma", content }] };
}

/** The statements of a script, each without comments and with single spaces. */
function statementsOf(sql: string): string[] {
  const statements = sql.replace(/^--.*$/gm, "").split(";");
  return statements.map((statement) => statement.replace(/\s+/g, " ").trim()).filter(Boolean);
}

/** A schema by its blocks, and these by their lines: a field by its name, anything else by itself. */
type Blocks = Map<string, Map<string, string>>;

/** Three-way: what either side changed since `base` is changed; where both changed one line, `theirs` is the later one. */
function merge(sides: { base: string | null; ours: string | null; theirs: string }): string {
  const [base, ours, theirs] = [sides.base, sides.ours, sides.theirs].map(blocksOf) as [Blocks, Blocks, Blocks];
  const names = new Set([...theirs.keys(), ...ours.keys()]);
  const blocks = [...names].flatMap((name) => {
    const [before, one, other] = [base.get(name), ours.get(name), theirs.get(name)];
    // Removed by one side.
    if (before && !(one && other)) return [];
    const lines = mergeLines(before ?? new Map(), one ?? new Map(), other ?? new Map());
    return [`${name} {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`];
  });
  return blocks.join("\n");
}

function mergeLines(base: Map<string, string>, ours: Map<string, string>, theirs: Map<string, string>): string[] {
  return [...new Set([...theirs.keys(), ...ours.keys()])].flatMap((key) => {
    const [before, one, other] = [base.get(key), ours.get(key), theirs.get(key)];
    return (other === before ? one : other) ?? [];
  });
}

function blocksOf(schema: string | null): Blocks {
  const blocks: Blocks = new Map();
  for (const [, name = "", body = ""] of (schema ?? "").matchAll(/^(\w+ \w+) \{\n(.*?)^\}/gms)) {
    const lines = body.split("\n").map((line) => line.replace(/\s\/\/.*$|^\s*\/\/.*$/, "").trim());
    blocks.set(name, new Map(lines.filter(Boolean).map((line) => [line.startsWith("@@") ? line : keyOf(line), line])));
  }
  return blocks;
}

function keyOf(line: string): string {
  return line.split(/\s/, 1)[0] ?? line;
}
