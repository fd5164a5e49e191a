import { isIP } from "node:net";

/** An address in its one spelling (RFC 5952), and as IPv4 where it is that in IPv6 dress (RFC 4291 §2.5.5.2); empty for a text that is none. */
export function oneAddress(text: string): string {
  if (isIP(text) !== 6) return isIP(text) ? text : "";
  const address = new URL(`http://[${text.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(address) ?? [];
  return high && low ? [high, low].flatMap(bytesOf).join(".") : address;
}

function bytesOf(group: string): number[] {
  const number = Number.parseInt(group, 16);
  return [number >> 8, number & 0xff];
}

/** The same of an address or a range of them in CIDR notation. */
export function oneRange(text: string): string {
  const [address = "", bits] = text.split("/");
  const one = oneAddress(address);
  if (bits === undefined || !one) return one;
  // The dress is 96 bits long.
  return `${one}/${isIP(address) === isIP(one) ? bits : Math.max(0, Number(bits) - 96)}`;
}
