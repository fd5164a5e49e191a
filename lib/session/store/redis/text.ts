import type { Rotation } from "@/lib/session/rotation/rule";
import type { FoundRow } from "@/lib/session/store/postgres/find";
import type { TokenHash } from "@/lib/session/token";

/** The version of the texts. Texts of another version are not read: Postgres answers instead. */
const VERSION = 5;

const TIMES = [
  ...(["confirmedAt", "confirmedUntil", "createdAt", "disabledAt", "pendingUntil"] as const),
  ...(["boundAt", "provedAt"] as const),
];
const FLAGS = ["publicComputer", "demonstration", "hasSecondFactor"] as const;
const OTHERS = [
  ...(["handle", "name", "userAgent", "ipAddress", "amr", "level", "proofKey"] as const),
  ...(["userId", "email", "userName", "role", "pendingEmail", "locale", "timeZone"] as const),
];

/** What a use of a session changes in its row. */
export type Used = Pick<FoundRow, "lastSeenAt" | "lastIpAddress" | "proofSeenAt" | "rotation">;

/**
 * A use as two words, which the functions in Redis replace: when it was; and its address, the newest proof seen, and how
 * far the cookie has rotated.
 */
export function textsOfUse({ lastSeenAt, lastIpAddress, proofSeenAt, rotation }: Used): [string, string] {
  const values = [lastIpAddress, proofSeenAt?.getTime(), rotation && rotationText(rotation)];
  return [String(lastSeenAt.getTime()), values.map((value) => value ?? "-").join(",")];
}

function rotationText({ generation, since, client, returns, previous }: Rotation): string {
  return [generation, since, client ?? "-", returns, ...(previous ? [previous] : [])].join("/");
}

function rotationIn(text: string): Rotation | null {
  const [generation, since, client = "-", returns, previous] = text.split("/");
  if (text === "-") return null;
  return {
    generation: Number(generation),
    since: Number(since),
    client: client === "-" ? null : client,
    returns: Number(returns),
    ...(previous && { previous }),
  };
}

/**
 * A session's row as text: its last use, and the rest as JSON, without the values that are null or false. They would
 * take every fifth byte.
 */
export function textOf(row: FoundRow): string {
  const times = TIMES.map((name) => [name, row[name]?.getTime()]);
  const others = OTHERS.map((name) => [name, row[name] ?? undefined]);
  const flags = FLAGS.map((name) => [name, row[name] || undefined]);
  const json = { ...Object.fromEntries([...times, ...others, ...flags]), v: VERSION };
  return `${textsOfUse(row).join(" ")} ${JSON.stringify(json)}`;
}

/** The row in a text, or null if this version does not read it. */
export function rowOf(text: string, tokenHash: TokenHash): FoundRow | null {
  const [, used, address, proof = "-", rotation, json = "{}"] =
    /^(\d+) ([^\s,]+)(?:,([^\s,]+))?(?:,(\S+))? (.*)$/s.exec(text) ?? [];
  const { v, ...kept } = JSON.parse(json);
  // An earlier version that records a use leaves the rotation out.
  if (v !== VERSION || rotation === undefined) return null;

  for (const name of TIMES) kept[name] = kept[name] === undefined ? null : new Date(kept[name]);
  for (const name of OTHERS) kept[name] ??= null;
  for (const name of FLAGS) kept[name] ??= false;
  return {
    ...{ ...kept, tokenHash },
    lastSeenAt: new Date(Number(used)),
    lastIpAddress: address === "-" ? null : address,
    proofSeenAt: proof === "-" ? null : new Date(Number(proof)),
    rotation: rotationIn(rotation),
  };
}

/** The bucket of a session: the first byte of its token's hash. */
export function bucketOf(hash: TokenHash): number {
  return hash[0] ?? 0;
}

/** A hash as a field of its bucket. */
export function fieldOf(hash: TokenHash): string {
  return Buffer.from(hash).toString("base64url");
}
