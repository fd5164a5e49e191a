// Where an address is, approximately, by the database in GEO_FILE. Nothing is asked of anybody outside.

import { z } from "zod";
import type { Words } from "@/lib/i18n/words";
import { processWide } from "@/lib/process-wide";

/** A database of places, as read from its file. */
export type Places = {
  /** The kind of database, as its file names it: "GeoLite2-City". */
  type: string;
  builtAt: Date;
  placeOf: (address: string) => Place | null;
};

/** A point on the earth in degrees, and the radius in kilometres around it in which the client probably is. */
export type Point = { latitude: number; longitude: number; radius: number };

export type Place = {
  /** The names of the city, or else of the region, by language. */
  names: Record<string, string>;
  /** ISO 3166-1. */
  country: string;
  /** Null in a database of countries. */
  point: Point | null;
};

/** The database in use. lib/http/geo-file opens it, and replaces it when its file changes. */
export function openPlaces(): { current: Places | null } {
  return processWide("latchkeyPlaces", () => ({ current: null }));
}

/** The radius that we assume if a database does not say how accurate it is, in kilometres. */
const USUAL_RADIUS = 100;

const NAMED = z.object({ names: z.record(z.string(), z.string().max(100)).catch({}) });

/** The parts that we use of a record, in GeoIP2's form, which DB-IP has, too. */
const RECORD = z.object({
  city: NAMED.optional().catch(undefined),
  subdivisions: z.array(NAMED).optional().catch(undefined),
  country: z.object({ iso_code: z.string().regex(/^[A-Z]{2}$/) }),
  location: z
    .object({
      latitude: z.number().min(-90).max(90),
      longitude: z.number().min(-180).max(180),
      accuracy_radius: z.number().positive().default(USUAL_RADIUS),
    })
    .optional()
    .catch(undefined),
});

/** The place of an address. Null without GEO_FILE, for a private address, and if the database does not know it. */
export function placeOf(address: string | null): Place | null {
  const { current } = openPlaces();
  return current && address ? current.placeOf(address) : null;
}

/** Parses a record of a database. Null if it is about no place. */
export function placeIn(record: unknown): Place | null {
  const { success, data } = RECORD.safeParse(record);
  if (!success) return null;

  const { city, subdivisions = [], country, location } = data;
  const { names = {} } = [city, ...subdivisions].find((each) => each?.names.en) ?? {};
  return {
    names,
    country: country.iso_code,
    point: location
      ? { latitude: location.latitude, longitude: location.longitude, radius: location.accuracy_radius }
      : null,
  };
}

/** The place of an address in words, "Seoul, South Korea"; null as for `placeOf`. */
export function describePlace(address: string | null, words: Words): string | null {
  const place = placeOf(address);
  return place && nameOf(place, words);
}

/** The places of addresses in words, by address. Has only those that are known. */
export function describePlaces(addresses: (string | null)[], words: Words): Record<string, string> {
  const known = addresses.flatMap((address) => {
    const place = describePlace(address, words);
    return address && place ? [[address, place]] : [];
  });
  return Object.fromEntries(known);
}

/** The place of an address as pages and the API show it. */
export type ShownPlace = { name: string; latitude: number | null; longitude: number | null };

export function showPlace(address: string | null, words: Words): ShownPlace | null {
  const place = placeOf(address);
  if (!place) return null;
  const { latitude = null, longitude = null } = place.point ?? {};
  return { name: nameOf(place, words), latitude, longitude };
}

function nameOf({ names, country }: Place, { t, locale }: Words): string {
  const [language = ""] = locale.split("-");
  const countryName = countriesIn(locale).of(country) ?? country;
  const city = names[locale] || names[language] || names.en;
  // Singapore is in Singapore.
  return !city || city === countryName ? countryName : t("place.named", { city, country: countryName });
}

const made = new Map<string, Intl.DisplayNames>();

/** The names of countries in a language. Kept, because creating them takes longer than all look-ups of a page. */
function countriesIn(locale: string): Intl.DisplayNames {
  const names = made.get(locale) ?? new Intl.DisplayNames([locale, "en"], { type: "region" });
  made.set(locale, names);
  return names;
}

/** Databases whose licence asks to be named, with the words and the address that it asks for. */
const SOURCES = [
  { type: /^dbip/i, name: "IP Geolocation by DB-IP", url: "https://db-ip.com" },
  { type: /^geolite2/i, name: "GeoLite2 by MaxMind", url: "https://www.maxmind.com" },
];

/** The source of the places that must be named beside them, if any. Null without GEO_FILE. */
export function sourceOfPlaces(): { name: string; url: string } | "unnamed" | null {
  const { current } = openPlaces();
  if (!current) return null;
  return SOURCES.find(({ type }) => type.test(current.type)) ?? "unnamed";
}
