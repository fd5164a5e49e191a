import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { difference, readWritten, schemaAfter, type Written } from "./schema-history";

const HEAD =
  'generator client {\n  provider = "prisma-client"\n  output = "./client"\n}\n\ndatasource db {\n  provider = "postgresql"\n}\n';

/** A schema with a user, and the fields and models that a branch adds. */
function schema({ fields = "", models = "" }: { fields?: string; models?: string } = {}): string {
  return `${HEAD}\nmodel User {\n  id String @id // a comment\n  name String\n${fields}  @@map("users")\n}\n${models}`;
}

const NOTES = `\n/// One's own.\nmodel Note {\n  id String @id\n  text String // several lines\n  userId String @map("user_id")\n  user User @relation(fields: [userId], references: [id])\n\n  @@index([userId])\n  @@map("notes")\n}\n`;
const NOTES_OF_USER = "  notes Note[]\n";
const PHONE = "  phone String?\n";
const CITY = "  city String?\n";

/** A migration as `npm run db:new` writes it. */
async function from(before: Written[] | string | null, to: string): Promise<Written> {
  const schemaBefore = Array.isArray(before) ? await schemaAfter(before) : before;
  return { sql: (await difference(schemaBefore, to)) ?? "-- By hand", schema: to };
}

/** The SQL of the next migration; null if none is needed. */
async function next(migrations: Written[], current: string): Promise<string | null> {
  return difference(await schemaAfter(migrations), current);
}

test("the project's own migrations lead to its schema", async () => {
  const names = readdirSync("prisma/migrations").filter((name) => /^\d/.test(name));
  const written = await readWritten("prisma/migrations", names.sort());

  expect(await next(written, readFileSync("prisma/schema.prisma", "utf8"))).toBeNull();
});

test("after a merge of two branches, neither branch's migration is repeated, whichever is newer", async () => {
  const base = await from(null, schema());
  const own = await from([base], schema({ fields: NOTES_OF_USER, models: NOTES }));
  const project = await from([base], schema({ fields: PHONE }));
  const merged = schema({ fields: PHONE + NOTES_OF_USER, models: NOTES });

  for (const migrations of [
    [base, own, project],
    [base, project, own],
  ]) {
    expect(await next(migrations, merged)).toBeNull();
    const further = schema({ fields: PHONE + CITY + NOTES_OF_USER, models: NOTES });
    expect(await next(migrations, further)).toMatch(
      /^-- AlterTable\nALTER TABLE "users" ADD COLUMN\s+"city" TEXT;\s*$/,
    );
    // A table of one branch can be removed after the merge, and stays removed.
    const without = await from(migrations, schema({ fields: PHONE }));
    expect(without.sql).toMatch(/^-- DropForeignKey[^;]*;\s*-- DropTable\nDROP TABLE "notes";\s*$/);
    expect(await next([...migrations, without], schema({ fields: PHONE }))).toBeNull();
  }
});

test("a branch with several migrations is merged with one that removes and changes columns", async () => {
  const base = await from(null, schema({ fields: PHONE }));
  const own = await from([base], schema({ fields: PHONE + NOTES_OF_USER, models: NOTES }));
  const project = await from([base], schema());
  const ownLater = await from([base, own], schema({ fields: PHONE + NOTES_OF_USER + CITY, models: NOTES }));
  const projectLater = await from([base, project], schema().replace("name String", "name String?"));
  const all = [base, own, project, ownLater, projectLater];

  const merged = schema({ fields: NOTES_OF_USER + CITY, models: NOTES }).replace("name String", "name String?");
  expect(await next(all, merged)).toBeNull();
});

test("a table that one branch removed stays removed, although the other branch still had it", async () => {
  const base = await from(null, schema({ fields: NOTES_OF_USER, models: NOTES }));
  const own = await from([base], schema());
  const project = await from([base], schema({ fields: NOTES_OF_USER + PHONE, models: NOTES }));

  for (const migrations of [
    [base, own, project],
    [base, project, own],
  ])
    expect(await next(migrations, schema({ fields: PHONE }))).toBeNull();
});

test("indexes that both branches added exist after the merge", async () => {
  const base = await from(null, schema({ fields: PHONE }));
  const own = await from([base], schema({ fields: `${PHONE}  @@index([name, id])\n` }));
  const project = await from([base], schema({ fields: `${PHONE}  @@index([name, phone])\n` }));

  const merged = schema({ fields: `${PHONE}  @@index([name, id])\n  @@index([name, phone])\n` });
  expect(await next([base, own, project], merged)).toBeNull();
});

test("a migration written or edited by hand leads to the schema beside it", async () => {
  const base = await from(null, schema({ fields: PHONE }));
  const byHand: Written = { sql: "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1;", schema: base.schema };
  const renamed: Written = { sql: 'ALTER TABLE "users" RENAME "phone" TO "city";', schema: schema({ fields: CITY }) };

  expect(await next([base, byHand, renamed], schema({ fields: CITY }))).toBeNull();
  // The same on a branch.
  const own = await from([base], schema({ fields: PHONE + NOTES_OF_USER, models: NOTES }));
  expect(await next([base, own, byHand], schema({ fields: PHONE + NOTES_OF_USER, models: NOTES }))).toBeNull();
});

test("a column that was added and removed on one branch does not come back", async () => {
  const base = await from(null, schema());
  const made = await from([base], schema({ fields: PHONE }));
  const removed = await from([base, made], schema());

  expect(await next([base, made, removed], schema())).toBeNull();
});
