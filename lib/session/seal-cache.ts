import { LRUCache } from "lru-cache";
import { processWide } from "@/lib/process-wide";

// To open a seal takes two runs of PBKDF2, some three quarters of a millisecond
// of the processor; and one and the same opens to one and the same for as long
// as it lives. So what was opened once is looked up. That says nothing about
// whether the session lives: the database is asked each time.

/** What is in a seal. */
export type Content = Record<string, unknown>;

/** The maximum of opened seals that are remembered, some 500 bytes each. */
const OPENED = 20_000;

/** Seals that did not open are remembered apart, so that junk drives nothing out; few, and not for long. */
const FAILED = 1000;
const FAILED_FOR = 60_000;

type Memory = { secrets: string; opened: LRUCache<string, Content>; failed: LRUCache<string, true> };

/** Of all bundles: each would open what another has opened. */
const shared = processWide<{ memory?: Memory }>("latchkeySeals", () => ({}));

/**
 * What is in a seal, or null when it does not open: remembered, or else by
 * `open`, which throws for one that does not. With other secrets nothing is
 * remembered of before.
 */
export async function opened(
  seal: string,
  secrets: readonly string[],
  open: () => Promise<Content>,
): Promise<Content | null> {
  const memory = memoryFor(secrets.join());
  const known = memory.opened.get(seal);
  if (known) return known;
  if (memory.failed.has(seal)) return null;

  try {
    const content = await open();
    memory.opened.set(seal, content);
    return content;
  } catch {
    memory.failed.set(seal, true);
    return null;
  }
}

function memoryFor(secrets: string): Memory {
  const { memory } = shared;
  if (memory?.secrets === secrets) return memory;
  const fresh = {
    secrets,
    opened: new LRUCache<string, Content>({ max: OPENED }),
    failed: new LRUCache<string, true>({ max: FAILED, ttl: FAILED_FOR }),
  };
  shared.memory = fresh;
  return fresh;
}
