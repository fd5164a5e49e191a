import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { LRUCache } from "lru-cache";
import { env } from "@/lib/env";
import { oneAddress, oneRange } from "./network";

let trusted: BlockList | undefined;

/** Whether an address is in that list, for those last asked about: to compare one, the list makes an object of it. */
const known = new LRUCache<string, boolean>({ max: 1000, memoMethod: isListed });

/**
 * The client's address, or null when it is not known.
 *
 * Anybody may write anything into `X-Forwarded-For`. So it is read from its end,
 * where the proxy next to us wrote, and only for as long as the address before
 * is one of `TRUSTED_PROXIES`: the first that is not is the client's. Where a
 * trusted proxy wrote something that is no address, nobody knows it.
 */
export function clientAddress({
  socket,
  forwarded,
}: {
  socket: string | undefined;
  forwarded: string | undefined;
}): string | null {
  const hops = (forwarded ?? "").split(",").map(plainAddress);
  let address = plainAddress(socket ?? "");

  while (isTrusted(address) && forwarded && hops.length > 0) address = hops.pop() ?? "";
  return address || null;
}

/** Whether whoever connects from this address is one of `TRUSTED_PROXIES`. */
export function isTrustedProxy(socket: string | undefined): boolean {
  return isTrusted(plainAddress(socket ?? ""));
}

/** Headers by which a proxy says for whom it asks. */
const FORWARDING = ["x-forwarded-for", "x-real-ip", "forwarded", "via"] as const;

/**
 * Whether the client is a program on this machine. A proxy that nobody named as
 * trusted is one, too, and asks for everybody: then the client is not.
 */
export function isThisMachine({
  socket: { remoteAddress },
  headers,
}: Pick<IncomingMessage, "socket" | "headers">): boolean {
  if (!isTrustedProxy(remoteAddress) && FORWARDING.some((name) => headers[name] !== undefined)) return false;
  const address = clientAddress({ socket: remoteAddress, forwarded: headers["x-forwarded-for"]?.toString() });
  return address !== null && (address === "::1" || address.startsWith("127."));
}

function isTrusted(address: string): boolean {
  return known.memo(address);
}

function isListed(address: string): boolean {
  trusted ??= trustedProxies();
  return isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

function trustedProxies(): BlockList {
  const list = new BlockList();
  for (const entry of env().TRUSTED_PROXIES) {
    const [address = "", bits] = oneRange(entry).split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits) list.addSubnet(address, Number(bits), family);
    else list.addAddress(address, family);
  }
  return list;
}

/** An address in its one spelling, without the port, brackets or zone that it may come in; empty for what is none. */
function plainAddress(text: string): string {
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](:\d+)?$/, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  return oneAddress(bare);
}
