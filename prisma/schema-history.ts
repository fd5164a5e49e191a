// Computes the schema to which all migrations together lead. Each migration has a copy of the
// schema of the branch on which it was written. After two branches are merged, neither copy
// contains the other branch's changes, so the last copy alone is not enough.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withEngineAlone } from "./schema-engine";

/** A migration: its SQL, and its author's schema at that time. */
export type Written = { sql: string; schema: string };

/** Reads the SQL and schemas of the named migrations in a folder. */
export async function readWritten(folder: string, names: string[]): Promise<Written[]> {
  const read = (name: string, file: string) => readFile(join(folder, name, file), "utf8");
  return Promise.all(
    names.map(async (name) => ({ sql: await read(name, "migration.sql"), schema: await read(name, "schema.prisma") })),
  );
}

/** The schema of a database after all of these migrations, oldest first; null if there are none. */
export async function schemaAfter(migrations: Written[]): Promise<string | null> {
  let schema: string | null = null;
  for (const [index, migration] of migrations.entries()) {
    const earlier = [null, ...migrations.slice(0, index).map((written) => written.schema)].reverse();
    schema = await schemaWith(schema, migration, earlier);
  }
  return schema;
}

/** The schema `soFar` after one more migration. `earlier` are the schemas from which it may have been written. */
async function schemaWith(soFar: string | null, migration: Written, earlier: (string | null)[]): Promise<string> {
  if (await isWrittenFrom(soFar, migration)) return migration.schema;
  for (const base of earlier) {
    if (await isWrittenFrom(base, migration)) return merge({ base, ours: soFar, theirs: migration.schema });
  }
  // Its SQL was edited by hand, for example to rename a column.
  return migration.schema;
}

/** Whether a migration was written from this schema: its SQL has every statement that leads from there to its own. */
async function isWrittenFrom(schema: string | null, migration: Written): Promise<boolean> {
  const written = statementsOf(migration.sql);
  return statementsOf((await difference(schema, migration.schema)) ?? "").every((one) => written.includes(one));
}

/** The SQL that leads from one schema (null: an empty database) to another; null if there is no difference. */
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

/** The statements of a script, without comments and with single spaces. */
function statementsOf(sql: string): string[] {
  const statements = sql.replace(/^--.*$/gm, "").split(";");
  return statements.map((statement) => statement.replace(/\s+/g, " ").trim()).filter(Boolean);
}

/** A schema as blocks by name, each with its lines: a field is keyed by its name, any other line by its own text. */
type Blocks = Map<string, Map<string, string>>;

/** Three-way merge: applies both sides' changes since `base`. Where both changed a line, the later `theirs` wins. */
function merge(sides: { base: string | null; ours: string | null; theirs: string }): string {
  const [base, ours, theirs] = [sides.base, sides.ours, sides.theirs].map(blocksOf) as [Blocks, Blocks, Blocks];
  const names = new Set([...theirs.keys(), ...ours.keys()]);
  const blocks = [...names].flatMap((name) => {
    const [before, one, other] = [base.get(name), ours.get(name), theirs.get(name)];
    // One side removed it.
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
