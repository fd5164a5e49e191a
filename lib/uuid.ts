import { randomBytes } from "node:crypto";

/** A new UUID of version 7, whose first part is the time: later ones are greater (RFC 9562 §5.7). */
export function uuid7(now = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The time in a UUID of version 7, in milliseconds; null for any other text. */
export function uuid7Time(id: string): number | null {
  const [, time] = /^([\da-f]{8}-[\da-f]{4})-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/.exec(id) ?? [];
  return time ? Number.parseInt(time.replace("-", ""), 16) : null;
}
