import { isIPv6 } from "node:net";
import { oneAddress } from "@/lib/http/network";

/** The subject of an address: of IPv6, the network of 64 bits that one customer has to himself. */
export function networkOf(address: string | null): string {
  const one = oneAddress(address ?? "");
  if (!isIPv6(one)) return one || "unknown";
  return `${groupsOf(one).slice(0, 4).join(":")}::/64`;
}

/** The groups of an IPv6 address, each of those that `::` stands for as 0. */
function groupsOf(address: string): string[] {
  const colons = address.split(":").length - 1;
  const whole = address.replace("::", ":".repeat(9 - colons));
  return whole.split(":").map((group) => group || "0");
}
