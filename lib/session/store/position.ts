import type { Position } from "./contract";

/** A position as text, for a URL. */
export function positionText({ createdAt, handle }: Position): string {
  return `${createdAt.getTime()}.${handle}`;
}

/** The position in a URL, or null. */
export function parsePosition(text: unknown): Position | null {
  const [, time, handle] = /^(\d{1,14})\.([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(String(text ?? "")) ?? [];
  return time && handle ? { createdAt: new Date(Number(time)), handle } : null;
}
