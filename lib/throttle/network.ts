import { isIPv6 } from "node:net";

/** The subject of an address: of IPv6, the network of 64 bits that one customer has to himself. */
export function networkOf(address: string | null): string {
  if (!address) return "unknown";
  return isIPv6(address) ? `${expand(address).slice(0, 4).join(":")}::/64` : address;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function expand(address: string): string[] {
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string) => (text ? text.split(":") : []);
  const [before, after] = [groups(head), groups(tail ?? "")];
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(gap).fill("0"), ...after];
}
