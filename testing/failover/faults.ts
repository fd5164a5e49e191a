import { randomUUID } from "node:crypto";
import { withConnection } from "@/testing/copy-database";
import type { Instance } from "./instances";
import { play, type Tally } from "./load";

/** The ids of new users in this database, so many that they do not wait for each other. */
export async function newUsers(url: string): Promise<string[]> {
  const users = Array.from({ length: 20 }, () => randomUUID());
  const values = users.map((id) => `('${id}', '${id}@example.com', 'Ada', 'none')`);
  const sql = `INSERT INTO users (id, email, name, password_hash) VALUES ${values.join()}`;
  await withConnection(url, (client) => client.query(sql));
  return users;
}

/** Keeps two instances busy while a fault happens, until Redis answers both again. */
export async function playRedis(instances: [Instance, Instance], lose: () => Promise<void>): Promise<Tally> {
  const isBack = async () => (await Promise.all(instances.map((one) => one.isAnsweredByRedis()))).every(Boolean);
  const users = await newUsers(String(process.env.DATABASE_URL));
  return play({ instances, users, lose, isBack });
}
