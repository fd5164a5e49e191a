import type { FoundRow } from "@/lib/session/store/postgres/find";
import type { TokenHash } from "@/lib/session/token";

/** The version of the texts. Texts of another version are not read: Postgres answers instead. */
const VERSION = 2;

const TIMES = ["confirmedAt", "confirmedUntil", "createdAt", "disabledAt", "pendingUntil"] as const;
const OTHERS = [
  ...(["handle", "name", "publicComputer", "demonstration", "userAgent", "ipAddress", "amr", "level"] as const),
  ...(["userId", "email", "userName", "role", "pendingEmail", "locale", "timeZone", "hasSecondFactor"] as const),
];

/** A session's row as text: last use, its address, and the rest as JSON. */
export function textOf(row: FoundRow): string {
  const times = TIMES.map((name) => [name, row[name]?.getTime() ?? null]);
  const json = { ...Object.fromEntries([...times, ...OTHERS.map((name) => [name, row[name]])]), v: VERSION };
  return `${row.lastSeenAt.getTime()} ${row.lastIpAddress ?? "-"} ${JSON.stringify(json)}`;
}

/** The row in a text, or null if this version does not read it. */
export function rowOf(text: string, tokenHash: TokenHash): FoundRow | null {
  const [, seen, address, json = "{}"] = /^(\d+) (\S+) (.*)$/s.exec(text) ?? [];
  const { v, ...kept } = JSON.parse(json);
  if (v !== VERSION) return null;

  for (const name of TIMES) kept[name] = kept[name] === null ? null : new Date(kept[name]);
  return { ...kept, tokenHash, lastSeenAt: new Date(Number(seen)), lastIpAddress: address === "-" ? null : address };
}

/** The bucket of a session: the first byte of its token's hash. */
export function bucketOf(hash: TokenHash): number {
  return hash[0] ?? 0;
}

/** A hash as a field of its bucket. */
export function fieldOf(hash: TokenHash): string {
  return Buffer.from(hash).toString("base64url");
}
