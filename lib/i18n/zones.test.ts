import { expect, test } from "vitest";
import { timeZoneOf } from "./locale";
import { zonesByRegion } from "./zones";

test("every time zone on offer is known to the server by the same name, and has a city of its own", () => {
  const regions = zonesByRegion();
  const zones = regions.flatMap(([, its]) => its);
  expect(zones.length).toBeGreaterThan(400);
  for (const { zone } of zones) expect(timeZoneOf(zone)).toBe(zone);
  for (const [region, its] of regions) expect(new Set(its.map(({ city }) => city)).size, region).toBe(its.length);
});

test.each([
  ["Asia", "Seoul"],
  ["Asia", "Kolkata"],
  ["America", "Argentina, Ushuaia"],
  ["Europe", "Kyiv"],
])("in %s there is %s", (region, city) => {
  const cities = new Map(zonesByRegion()).get(region)?.map((zone) => zone.city) ?? [];
  expect(cities).toContain(city);
  expect(cities).toEqual(cities.toSorted());
});
