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

/**
 * The range of all addresses that begin with these whole parts, at least two or one with a full stop or colon after it:
 * "192.0.2" is 192.0.2.0/24, and "2001:db8" is 2001:db8::/32. Empty for any other text.
 */
export function rangeOfBeginning(text: string): string {
  if (/^(\d{1,3}\.){1,3}$|^\d{1,3}(\.\d{1,3}){1,2}$/.test(text)) {
    const parts = text.split(".").filter(Boolean);
    return oneRange(`${[...parts, "0", "0", "0"].slice(0, 4).join(".")}/${parts.length * 8}`);
  }
  if (/^([\da-f]{1,4}:){1,7}$|^[\da-f]{1,4}(:[\da-f]{1,4}){1,6}$/i.test(text)) {
    const parts = text.split(":").filter(Boolean);
    return oneRange(`${parts.join(":")}::/${parts.length * 16}`);
  }
  return "";
}

/** Networks whose addresses mean something only inside them, and this machine. */
const PRIVATE = new BlockList();
for (const range of ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"])
  add(range);
for (const range of ["::1/128", "fc00::/7", "fe80::/10"]) add(range);

function add(range: string): void {
  const [address = "", bits] = range.split("/");
  PRIVATE.addSubnet(address, Number(bits), familyOf(address));
}

/** Whether an address belongs to a private network or to this machine. */
export function isPrivate(address: string): boolean {
  return PRIVATE.check(address, familyOf(address));
}
