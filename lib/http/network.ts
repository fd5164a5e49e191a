import { isIP, SocketAddress } from "node:net";

/**
 * An address in its one spelling (RFC 5952), which is also that of Postgres; and as IPv4 where it is
 * that in IPv6 dress (RFC 4291 §2.5.5.2). Empty for a text that is none.
 */
export function oneAddress(text: string): string {
  if (isIP(text) !== 6) return isIP(text) ? text : "";
  const { address } = new SocketAddress({ address: text.replace(/%.*$/, ""), family: "ipv6" });
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}

/** The same of an address or a range of them in CIDR notation. */
export function oneRange(text: string): string {
  const [address = "", bits] = text.split("/");
  const one = oneAddress(address);
  if (bits === undefined || !one) return one;
  // The dress is 96 bits long.
  return `${one}/${isIP(address) === isIP(one) ? bits : Math.max(0, Number(bits) - 96)}`;
}
