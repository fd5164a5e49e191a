import { timeZoneOf } from "./locale";

/** A time zone: its IANA name, and the name of its city. */
type Zone = { zone: string; city: string };

/** All time zones by their regions, such as Asia, each in the order of its cities. */
export function zonesByRegion(): [region: string, zones: Zone[]][] {
  const regions = new Map<string, Zone[]>();
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    const [region = "", ...rest] = (TODAY[zone] ?? zone).split("/");
    const zones = regions.get(region) ?? [];
    regions.set(region, zones);
    if (rest.length > 0) zones.push({ zone, city: rest.join(", ").replaceAll("_", " ") });
  }
  for (const zones of regions.values()) zones.sort((a, b) => (a.city < b.city ? -1 : 1));
  return [...regions].filter(([, zones]) => zones.length > 0);
}

/** The time zone on offer that a text names, UTC included; null if it names none. */
export function offeredZone(text: string | null): string | null {
  const zone = timeZoneOf(text);
  return zone === "UTC" || (zone && Intl.supportedValuesOf("timeZone").includes(zone)) ? zone : null;
}

/** The names of today, for zones that Node.js lists by an earlier one (the file "backward" of the IANA data). */
const TODAY: Record<string, string> = {
  "America/Godthab": "America/Nuuk",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};
