// Writes databases of places in the format of MaxMind (maxmind.github.io/MaxMind-DB), for tests.

import { randomUUID } from "node:crypto";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isIP, SocketAddress } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readGeoFile } from "@/lib/http/geo-file";
import { openPlaces } from "@/lib/http/place";

type Value = string | number | boolean | Value[] | { [key: string]: Value };

type Metadata = { type?: string; builtAt?: Date; ipVersion?: 4 | 6 };

/** A record about a city, as in GeoLite2 and in DB-IP Lite. DB-IP says nothing about accuracy. */
export function city(names: Record<string, string>, country: string, at: [number, number], radius?: number): Value {
  const [latitude, longitude] = at;
  const location = { latitude, longitude, ...(radius !== undefined && { accuracy_radius: radius }) };
  return { city: { names }, country: { iso_code: country }, location };
}

export const LONDON = city({ en: "London", ko: "런던" }, "GB", [51.5142, -0.0931], 10);
export const SEOUL = city({ en: "Seoul", ko: "서울" }, "KR", [37.566, 126.9784], 20);

/** The networks of the database that most tests use. */
export const NETWORKS: Record<string, Value> = {
  "81.2.69.0/24": LONDON,
  "175.16.199.0/24": SEOUL,
  "2001:220::/32": SEOUL,
  "10.0.0.0/8": LONDON,
};

/** Writes a database, and renames it into place, as updaters do. */
export function writeGeoFile(path: string, networks = NETWORKS, metadata: Metadata = {}): void {
  const beside = `${path}.${randomUUID()}`;
  writeFileSync(beside, geoFile(networks, metadata));
  renameSync(beside, path);
}

/** Opens a database for the tests of a file, as the server does. The returned function closes it. */
export async function withPlaces(networks = NETWORKS, metadata: Metadata = {}): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "places-"));
  const path = join(folder, "places.mmdb");
  writeFileSync(path, geoFile(networks, metadata));
  openPlaces().current = await readGeoFile(path);
  rmSync(folder, { recursive: true });
  return () => {
    openPlaces().current = null;
  };
}

/** A database with a record for each network. */
export function geoFile(
  networks: Record<string, Value>,
  { type = "GeoLite2-City", builtAt = new Date(), ipVersion = 6 }: Metadata = {},
): Buffer {
  const tree = new Tree();
  const records: Buffer[] = [];
  let size = 0;
  for (const [network, value] of Object.entries(networks)) {
    tree.add(bitsOf(network, ipVersion), SEPARATOR.length + size);
    const record = encode(value);
    records.push(record);
    size += record.length;
  }
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: Math.floor(builtAt.getTime() / 1000),
    database_type: type,
    description: { en: "A database of the tests" },
    ip_version: ipVersion,
    languages: ["en", "ko"],
    node_count: tree.nodes.length,
    record_size: 32,
  });
  return Buffer.concat([
    tree.bytes(),
    SEPARATOR,
    ...records,
    Buffer.from("\xab\xcd\xefMaxMind.com", "latin1"),
    metadata,
  ]);
}

const SEPARATOR = Buffer.alloc(16);

/** Where a bit leads: to the node with this number, to the data at this offset, or nowhere. */
type Branch = { node: number } | { data: number } | null;

/** A binary tree of the bits of addresses. */
class Tree {
  nodes: [Branch, Branch][] = [[null, null]];

  add(bits: number[], data: number): void {
    const last = bits.pop() ?? 0;
    let number = 0;
    for (const bit of bits) {
      const node = this.nodes[number] as [Branch, Branch];
      const next = node[bit];
      if (next && "node" in next) number = next.node;
      else {
        number = this.nodes.push([null, null]) - 1;
        node[bit] = { node: number };
      }
    }
    (this.nodes[number] as [Branch, Branch])[last] = { data };
  }

  bytes(): Buffer {
    const bytes = Buffer.alloc(this.nodes.length * 8);
    for (const [index, branch] of this.nodes.flat().entries()) {
      const nowhere = this.nodes.length;
      bytes.writeUInt32BE(!branch ? nowhere : "node" in branch ? branch.node : nowhere + branch.data, index * 4);
    }
    return bytes;
  }
}

/** The bits of a network. In a tree of IPv6 addresses, those of IPv4 begin with 96 zeros. */
function bitsOf(network: string, ipVersion: 4 | 6): number[] {
  const [address = "", length] = network.split("/");
  const bytes = isIP(address) === 4 ? address.split(".").map(Number) : bytesOf(address);
  const bits = bytes.flatMap((byte) => Array.from({ length: 8 }, (_, index) => (byte >> (7 - index)) & 1));
  const before = isIP(address) === 4 && ipVersion === 6 ? Array<number>(96).fill(0) : [];
  return [...before, ...bits.slice(0, Number(length))];
}

function bytesOf(address: string): number[] {
  const [left = "", right = ""] = new SocketAddress({ address, family: "ipv6" }).address.split("::");
  const groups = (text: string) => text.split(":").filter(Boolean);
  const zeros = Array<string>(8 - groups(left).length - groups(right).length).fill("0");
  return [...groups(left), ...zeros, ...groups(right)].flatMap((group) => {
    const number = Number.parseInt(group, 16);
    return [number >> 8, number & 255];
  });
}

const KINDS = { string: 2, double: 3, map: 7, uint32: 6, array: 11, boolean: 14 };

function encode(value: Value): Buffer {
  if (typeof value === "boolean") return head(KINDS.boolean, Number(value));
  if (typeof value === "string") {
    const bytes = Buffer.from(value);
    return Buffer.concat([head(KINDS.string, bytes.length), bytes]);
  }
  if (typeof value === "number") {
    const isWhole = Number.isInteger(value) && value >= 0;
    const bytes = Buffer.alloc(isWhole ? 4 : 8);
    if (isWhole) bytes.writeUInt32BE(value);
    else bytes.writeDoubleBE(value);
    return Buffer.concat([head(isWhole ? KINDS.uint32 : KINDS.double, bytes.length), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([head(KINDS.array, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([
    head(KINDS.map, entries.length),
    ...entries.flatMap(([key, its]) => [encode(key), encode(its)]),
  ]);
}

/** The first bytes of a value: its kind, and its size of less than 285. */
function head(kind: number, size: number): Buffer {
  const [short, rest] = size < 29 ? [size, []] : [29, [size - 29]];
  return Buffer.from(kind > 7 ? [short, kind - 7, ...rest] : [(kind << 5) | short, ...rest]);
}
