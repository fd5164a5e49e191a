import { createHash } from "node:crypto";
import { env } from "@/lib/env";
import { log } from "@/lib/log";

const HIBP = "https://api.pwnedpasswords.com/range/";

/** How long to wait for the service, in milliseconds. */
const PATIENCE = 2000;

/**
 * Whether a password is known from a breach elsewhere, according to Have I Been Pwned. False if
 * `BREACHED_PASSWORDS` is not set.
 *
 * The service receives the first five digits of the password's SHA-1, and returns all entries that
 * begin with them (k-anonymity). Padding hides how many there are. If the service fails, the
 * password counts as unknown, and the log says so: an outage there must not keep users from
 * changing a password.
 */
export async function isBreached(password: string): Promise<boolean> {
  const { BREACHED_PASSWORDS } = env();
  if (!BREACHED_PASSWORDS) return false;

  const hash = createHash("sha1").update(password).digest("hex").toUpperCase();
  const url = (BREACHED_PASSWORDS === "hibp" ? HIBP : BREACHED_PASSWORDS) + hash.slice(0, 5);
  try {
    const answer = await fetch(url, { headers: { "Add-Padding": "true" }, signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(`the service responded with ${answer.status}`);
    const line = (await answer.text()).split(/\r?\n/).find((each) => each.startsWith(`${hash.slice(5)}:`));
    // Padding looks like an entry with a count of zero.
    return line !== undefined && !line.endsWith(":0");
  } catch (error) {
    log().error({ err: error }, "A new password was not compared with the breached ones");
    return false;
  }
}
