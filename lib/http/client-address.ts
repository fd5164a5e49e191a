import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { LRUCache } from "lru-cache";
import { env } from "@/lib/env";
import { oneAddress, oneRange } from "./network";

let trusted: BlockList | undefined;

/** Whether a proxy with this address is trusted. Cached, because a BlockList creates an object for each check. */
const known = new LRUCache<string, boolean>({ max: 1000, memoMethod: isListed });

/**
 * The client's address, or null when it is unknown.
 *
 * Any client can write anything into `X-Forwarded-For`. So we read it from its end, where the
 * nearest proxy wrote. Each entry that is one of `TRUSTED_PROXIES` vouches for the entry before it.
 * The first address that is not trusted is the client's. If a trusted proxy wrote something that is
 * not an address, the client's address is unknown.
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

/** Whether a connection from this address comes from one of `TRUSTED_PROXIES`. */
export function isTrustedProxy(socket: string | undefined): boolean {
  return isTrusted(plainAddress(socket ?? ""));
}

/** Headers by which a proxy says for which client it asks. */
const FORWARDING = ["x-forwarded-for", "x-real-ip", "forwarded", "via"] as const;

/**
 * Whether the client is a program on this machine. A local proxy that is not in `TRUSTED_PROXIES`
 * connects from this machine too, but for any client. So its requests do not count.
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

/** Normalises an address, without the port, brackets or zone that it may come with. Empty if it is not an address. */
function plainAddress(text: string): string {
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](:\d+)?$/, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  return oneAddress(bare);
}
