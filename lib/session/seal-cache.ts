import { LRUCache } from "lru-cache";
import { processWide } from "@/lib/process-wide";

// Opening a seal takes two runs of PBKDF2, about 0.75 ms of CPU time, and the
// same seal always opens to the same content. So opened seals are cached. The
// cache does not say whether a session is active: that is checked in the
// database on every request.

/** The content of a seal. */
export type Content = Record<string, unknown>;

/** The maximum number of opened seals in the cache, about 500 bytes each. */
const OPENED = 20_000;

/** Seals that fail to open have their own small, short-lived cache, so that junk can't evict valid seals. */
const FAILED = 1000;
const FAILED_FOR = 60_000;

type Memory = { secrets: string; opened: LRUCache<string, Content>; failed: LRUCache<string, true> };

/** Shared by all bundles; otherwise each would open the seals that another has opened. */
const shared = processWide<{ memory?: Memory }>("latchkeySeals", () => ({}));

/**
 * The content of a seal, or null when it doesn't open. Calls `open`, which throws
 * for a broken seal, only when the cache has no result. A change of secrets
 * empties the cache.
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
