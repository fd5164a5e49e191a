import { BlockList, isIP, SocketAddress } from "node:net";

/**
 * Normalises an IP address to the spelling of RFC 5952, which Postgres uses, too. An IPv4-mapped
 * IPv6 address (RFC 4291 §2.5.5.2) becomes IPv4. Empty for a text that is not an address.
 */
export function oneAddress(text: string): string {
  if (isIP(text) !== 6) return isIP(text) ? text : "";
  const { address } = new SocketAddress({ address: text.replace(/%.*$/, ""), family: "ipv6" });
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}

/** Normalises an address or a range in CIDR notation likewise. */
export function oneRange(text: string): string {
  const [address = "", bits] = text.split("/");
  const one = oneAddress(address);
  if (bits === undefined || !one) return one;
  // The prefix of IPv4-mapped addresses is 96 bits long.
  return `${one}/${isIP(address) === isIP(one) ? bits : Math.max(0, Number(bits) - 96)}`;
}

/** Returns a function that tells whether an address is in a range. Both must be normalised, as above. */
export function within(range: string): (address: string) => boolean {
  const [address = "", bits] = range.split("/");
  if (bits === undefined) return (one) => one === address;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), familyOf(address));
  return (one) => isIP(one) !== 0 && list.check(one, familyOf(one));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
