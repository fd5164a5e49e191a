import { isIPv6 } from "node:net";
import { oneAddress } from "@/lib/http/network";

/** The part of an address that one customer has: all of an IPv4 address, the /64 network of an IPv6 address. */
export function networkOf(address: string | null): string {
  const one = oneAddress(address ?? "");
  if (!isIPv6(one)) return one || "unknown";
  return `${groupsOf(one).slice(0, 4).join(":")}::/64`;
}

/** The groups of an IPv6 address, with a 0 for each group that `::` stands for. */
function groupsOf(address: string): string[] {
  const colons = address.split(":").length - 1;
  const whole = address.replace("::", ":".repeat(9 - colons));
  return whole.split(":").map((group) => group || "0");
}
