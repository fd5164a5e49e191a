import { STREAM } from "@/lib/session/event-stream";
import { NAME } from "./connection";

/** How long to wait for a frame, in milliseconds. A browser paints none for a window that nobody can see. */
const FRAME = 200;

/**
 * Confirms to the server that this page is blank, for the user who has ended its session elsewhere. Each tab confirms
 * for itself, and says how many tabs there are. It sends no cookie: the ticket is all that counts.
 */
export async function confirmBlank(ticket: string, content: HTMLElement | null): Promise<void> {
  const [tabs] = await Promise.all([countTabs(), painted()]);
  // Visible content has at least one box.
  if (!content || content.getClientRects().length > 0) return;
  const tab = Math.random().toString(36).slice(2, 12);
  const body = new URLSearchParams({ ticket, tab, tabs: String(tabs) });
  // The page may leave meanwhile.
  await fetch(STREAM, { method: "POST", body, credentials: "omit", keepalive: true }).catch(() => {});
}

/** The number of this browser's tabs: one holds the lock, the others wait for it. */
async function countTabs(): Promise<number> {
  const { held = [], pending = [] } = await navigator.locks.query();
  return [...held, ...pending].filter(({ name }) => name === NAME).length;
}

/** Resolves once the page's last change is on the screen, or if the page is not. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, document.hidden ? 0 : FRAME);
    requestAnimationFrame(() => setTimeout(resolve));
  });
}
