import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { normaliseEmail } from "@/lib/text/email";
import { createEmptyDatabase } from "@/testing/databases";

// Tests the migration that gives each email address one spelling, on databases that lack it.

const MIGRATIONS = "prisma/migrations";
const NAMES = readdirSync(MIGRATIONS).filter((name) => /^\d/.test(name));
const AT = NAMES.findIndex((name) => name.endsWith("_one_spelling_of_an_address"));

type Before = { email: string; createdAt?: string; lastLoginAt?: string; disabledAt?: string };

/** Creates these accounts, then applies the migration. Returns their ids and a connection to the migrated database. */
async function migrated(...accounts: Before[]): Promise<{ ids: string[]; client: Client }> {
  const url = await createEmptyDatabase(String(process.env.DATABASE_URL), `before_${randomUUID().replaceAll("-", "")}`);
  const client = new Client(url);
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    const postgres = new Client(String(process.env.DATABASE_URL));
    await postgres.connect();
    await postgres.query(`DROP DATABASE ${new URL(url).pathname.slice(1)}`);
    await postgres.end();
  });

  const apply = async (name: string) => client.query(readFileSync(`${MIGRATIONS}/${name}/migration.sql`, "utf8"));
  for (const name of NAMES.slice(0, AT)) await apply(name);
  const ids = [];
  for (const { email, createdAt = "2026-01-01Z", lastLoginAt, disabledAt = null } of accounts) {
    const id = randomUUID();
    ids.push(id);
    await client.query(
      `INSERT INTO users (id, email, name, password_hash, created_at, disabled_at) VALUES ($1, $2, 'Han', 'hash of ' || $1::uuid::text, $3, $4)`,
      [id, email, createdAt, disabledAt],
    );
    if (lastLoginAt)
      await client.query(`INSERT INTO known_browsers (device_hash, user_id, last_login_at) VALUES ('\\x00', $1, $2)`, [
        id,
        lastLoginAt,
      ]);
  }
  for (const name of NAMES.slice(AT)) await apply(name);
  return { ids, client };
}

async function emailsOf({ ids, client }: { ids: string[]; client: Client }): Promise<string[]> {
  const { rows } = await client.query("SELECT id, email FROM users");
  return ids.map((id) => rows.find((row) => row.id === id)?.email);
}

test("after the migration, every account has the one spelling of its email address", async () => {
  const before = [
    "han@xn--3e0b707e.example",
    "kim@한국.example",
    "ada@faß.de",
    "bob@xn--fa-hia.example",
    "eve@mail.xn--mgbh0fb.xn--bcher-kva.example",
    "one@한국。example",
    "two@xn--a.example",
    "plain+xn--3e0b707e@example.com",
  ];
  const after = await emailsOf(await migrated(...before.map((email) => ({ email }))));

  expect(after).toEqual(before.map(normaliseEmail));
  expect(after.slice(0, 5)).toEqual([
    "han@한국.example",
    "kim@한국.example",
    "ada@faß.de",
    "bob@faß.example",
    "eve@mail.مثال.bücher.example",
  ]);
});

test("of two accounts with one address, the last used keeps it; the other gets a new one and a ledger line", async () => {
  const found = await migrated(
    { email: "han@한국.example", lastLoginAt: "2026-03-01Z" },
    { email: "han@xn--3e0b707e.example", lastLoginAt: "2026-05-01Z" },
    { email: "ada@한국.example", createdAt: "2026-05-01Z" },
    { email: "ada@xn--3e0b707e.example", createdAt: "2026-06-01Z", disabledAt: "2026-07-01Z" },
  );
  const [older = "", , , disabled = ""] = found.ids;

  expect(await emailsOf(found)).toEqual([
    `han+${older.slice(-12)}@한국.example`,
    "han@한국.example",
    "ada@한국.example",
    `ada+${disabled.slice(-12)}@한국.example`,
  ]);
  const { rows: hashes } = await found.client.query(
    "SELECT id FROM users WHERE password_hash = 'hash of ' || id::text",
  );
  expect(hashes).toHaveLength(4);
  const { rows } = await found.client.query("SELECT user_id, event, reason, note FROM ledger ORDER BY id");
  expect(rows.map(({ user_id }) => user_id).sort()).toEqual([older, disabled].sort());
  expect(rows[0]).toMatchObject({ event: "user_updated", reason: "email" });
  expect(rows.find(({ user_id }) => user_id === older).note).toContain(`han+${older.slice(-12)}@한국.example`);
});

test("the table rejects every other spelling of an address", async () => {
  const { client } = await migrated();
  const insert = (email: string) =>
    client.query(`INSERT INTO users (id, email, name, password_hash) VALUES (gen_random_uuid(), $1, 'Han', '')`, [
      email,
    ]);

  for (const email of [
    "han@xn--3e0b707e.example",
    "han@한국。example",
    "han@example.com.",
    "han@EXAMPLE.com",
    "Ä@a.de",
    "ａ@a.de",
  ])
    await expect(insert(email), email).rejects.toThrow("users_email_normalised");
  for (const email of ["han@한국.example", "i̇@i̇.com", "ν.ς@πς.gr", "a@Ꮳ.com", "a@نامه\u200cای.com"])
    await insert(email);
});
