import { type Stats, unwatchFile, watchFile } from "node:fs";
import { readFile } from "node:fs/promises";
import { LRUCache } from "lru-cache";
import { Reader } from "mmdb-lib";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { UserError } from "@/lib/terminal";
import { isPrivate } from "./network";
import { openPlaces, type Place, type Places, placeIn } from "./place";

// Reads the database of places. It is kept in memory and not mapped from the file: a file that is
// overwritten in place would change under a mapping, and Node.js has none.

/** How often to check whether the file has changed, in milliseconds. */
const INTERVAL = 5000;

/** Marks the beginning of the metadata, within the last 128 KiB of the file (MaxMind DB 2.0). */
const MARK = Buffer.from("abcdef4d61784d696e642e636f6d", "hex");
const METADATA = 128 * 1024;

/** The kinds of databases that have places. Others are about networks, domains or connections. */
const OF_PLACES = /city|country|enterprise/i;

/** Addresses to try, from both halves of the file's tree: a damaged file may fail only at its records. */
const TRIED = ["1.1.1.1", "81.2.69.142", "203.0.113.1", "2001:218::1", "2606:4700::1111"];

/**
 * Opens the database in GEO_FILE, if it is set, and reads it again whenever its file changes. A file
 * that is missing or damaged by then is logged, and the places of the previous one stay. The returned
 * function stops that. Throws a UserError if the file cannot be used at the start.
 */
export async function openGeoFile(interval = INTERVAL): Promise<() => void> {
  const path = env().GEO_FILE;
  if (!path) return () => {};
  const places = openPlaces();

  let reading: Promise<void> = Promise.resolve();
  // By its times and its number, so that a file that is renamed into place is noticed, too, and so on any file system.
  const changed = ({ nlink }: Stats) => {
    // The file was missing from the start, which is an error below.
    if (!places.current) return;
    // An updater may remove the old file first.
    if (nlink === 0) return log().warn("GEO_FILE is missing: the places of the previous file are still shown");
    reading = reading.then(async () => {
      try {
        places.current = await readGeoFile(path);
        log().info({ type: places.current.type, builtAt: places.current.builtAt }, "GEO_FILE was read again");
      } catch (error) {
        log().error({ err: error }, "The new GEO_FILE is unusable: the places of the previous one are still shown");
      }
    });
  };
  // First, so that no change between is missed.
  watchFile(path, { interval, persistent: false }, changed);
  const close = () => {
    unwatchFile(path, changed);
    places.current = null;
  };

  try {
    places.current = await readGeoFile(path);
  } catch (error) {
    close();
    throw error;
  }
  return close;
}

/** Reads a database of places. Throws a UserError if the file is missing, damaged, or about something else. */
export async function readGeoFile(path: string): Promise<Places> {
  const file = await readFile(path).catch((error: Error) => {
    throw new UserError(`GEO_FILE is ${path}, which cannot be read: ${error.message}`);
  });
  const unusable = (why: string) => new UserError(`GEO_FILE is ${path}, ${why}`);
  if (!file.subarray(-METADATA).includes(MARK)) throw unusable("which is not a complete .mmdb file.");

  try {
    const reader = new Reader(file);
    const { databaseType: type, buildEpoch: builtAt, ipVersion } = reader.metadata;
    if (!OF_PLACES.test(type)) throw unusable(`which is a ${type} database: use one of cities or countries.`);
    // A tree of IPv4 addresses would take an IPv6 address for the IPv4 address in its first bits.
    const find = (address: string): Place | null =>
      ipVersion === 4 && address.includes(":") ? null : placeIn(reader.get(address));
    for (const address of TRIED) find(address);

    const known = new LRUCache<string, { place: Place | null }>({
      max: 2000,
      memoMethod: (address) => ({ place: isPrivate(address) ? null : orLog(() => find(address)) }),
    });
    return { type, builtAt, placeOf: (address) => known.memo(address).place };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unusable(`which is damaged: ${(error as Error).message}`);
  }
}

/** A damaged record must not keep a page from being shown. */
function orLog(find: () => Place | null): Place | null {
  try {
    return find();
  } catch (error) {
    log().error({ err: error }, "GEO_FILE is damaged: a place could not be read");
    return null;
  }
}
