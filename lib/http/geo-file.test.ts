import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { wordsIn } from "@/lib/words";
import { captureLog } from "@/testing/captured-log";
import { city, geoFile, LONDON, NETWORKS, SEOUL, writeGeoFile } from "@/testing/geo-file";

let folder: string;
let path: string;
let close = () => {};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "places-"));
  path = join(folder, "places.mmdb");
  writeGeoFile(path);
});

afterEach(() => {
  close();
  close = () => {};
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Opens the file as the server does. Returns a function that describes the place of an address. */
async function open(file = path) {
  vi.resetModules();
  vi.stubEnv("GEO_FILE", file);
  const [{ openGeoFile }, { describePlace }] = [await import("./geo-file"), await import("./place")];
  close = await openGeoFile(20);
  return (address: string | null, locale: "en" | "ko" | "ar-XB" = "en") => describePlace(address, wordsIn(locale));
}

test("an address has a place in the reader's language, over IPv4 and IPv6", async () => {
  const describe = await open();
  expect(describe("81.2.69.142")).toBe("London, United Kingdom");
  expect(describe("81.2.69.142", "ko")).toBe("영국 런던");
  expect(describe("2001:220::7")).toBe("Seoul, South Korea");
  expect(describe("2001:220::7", "ko")).toBe("대한민국 서울");
});

test("a name that the database lacks in the reader's language is in English", async () => {
  writeGeoFile(path, { "81.2.69.0/24": city({ en: "Boxford", de: "Boxford" }, "GB", [51.75, -1.25]) });
  const describe = await open();
  expect(describe("81.2.69.1", "ko")).toBe("영국 Boxford");
  expect(describe("81.2.69.1", "ar-XB")).toContain("Boxford");
});

test.each([
  "10.1.2.3",
  "127.0.0.1",
  "192.168.1.1",
  "172.20.0.1",
  "169.254.1.1",
  "100.64.0.1",
  "::1",
  "fd00::1",
  "fe80::1",
])("the private address %s has no place, whatever the database says", async (address) => {
  writeGeoFile(path, { "0.0.0.0/1": LONDON, "128.0.0.0/1": LONDON, "4000::/2": LONDON, "c000::/2": LONDON });
  const describe = await open();
  expect(describe("8.8.8.8")).toBe("London, United Kingdom");
  expect(describe("4444::1")).toBe("London, United Kingdom");
  expect(describe(address)).toBeNull();
});

test("an address that the database does not know has no place, nor has an unknown one", async () => {
  const describe = await open();
  expect(describe("198.51.100.1")).toBeNull();
  expect(describe("2001:db8::1")).toBeNull();
  expect(describe(null)).toBeNull();
});

test("a place is its country if the database names no city, and is not named twice if both are called the same", async () => {
  const names = { en: "Singapore", ko: "싱가포르" };
  writeGeoFile(path, {
    "81.2.69.0/24": { country: { iso_code: "GB" } },
    "175.16.199.0/24": city(names, "SG", [1.3, 103.8]),
    "67.43.156.0/24": {
      ...(LONDON as object),
      city: { names: { en: "" } },
      subdivisions: [{ names: { en: "England" } }],
    },
    "2.125.160.0/24": { registered_country: { iso_code: "GB" } },
    "89.160.20.0/24": { country: { iso_code: "../" }, city: { names: { en: "Linköping" } } },
  });
  const describe = await open();
  expect(describe("81.2.69.1")).toBe("United Kingdom");
  expect(describe("175.16.199.1")).toBe("Singapore");
  expect(describe("175.16.199.1", "ko")).toBe("싱가포르");
  expect(describe("67.43.156.1")).toBe("England, United Kingdom");
  expect(describe("2.125.160.1")).toBeNull();
  expect(describe("89.160.20.1")).toBeNull();
});

test("a database of IPv4 addresses knows no IPv6 address", async () => {
  // The first bits of 2001:: are those of 32.1.
  writeGeoFile(path, { "32.0.0.0/8": LONDON }, { ipVersion: 4 });
  const describe = await open();
  expect(describe("32.1.0.1")).toBe("London, United Kingdom");
  expect(describe("2001:220::7")).toBeNull();
});

test("a file that replaces the old one is read, whether it is renamed into place or the old one is removed first", async () => {
  const describe = await open();
  const lines = captureLog();
  writeGeoFile(path, { "81.2.69.0/24": SEOUL });
  await vi.waitFor(() => expect(describe("81.2.69.142")).toBe("Seoul, South Korea"), 20_000);

  rmSync(path);
  await vi.waitFor(() => expect(lines.join()).toContain("GEO_FILE is missing"), 20_000);
  expect(describe("81.2.69.142")).toBe("Seoul, South Korea");
  writeGeoFile(path);
  await vi.waitFor(() => expect(describe("81.2.69.142")).toBe("London, United Kingdom"), 20_000);
});

test("a damaged new file is logged, and the places of the old one stay", async () => {
  const describe = await open();
  for (const damage of [() => truncateSync(path, 100), () => writeFileSync(path, "<html>Not found</html>")]) {
    const lines = captureLog();
    damage();
    await vi.waitFor(() => expect(lines.join()).toContain("The new GEO_FILE is unusable"), 20_000);
    expect(lines.join()).toContain("is not a complete .mmdb file");
    expect(describe("81.2.69.142")).toBe("London, United Kingdom");
  }
  writeGeoFile(path, { "81.2.69.0/24": SEOUL });
  await vi.waitFor(() => expect(describe("81.2.69.142")).toBe("Seoul, South Korea"), 20_000);
});

test("a damaged record is logged, and its addresses have no place", async () => {
  const file = geoFile(NETWORKS);
  // The kind of this text becomes one that does not exist.
  file[file.indexOf("Seoul") - 1] = 0;
  writeFileSync(path, file);
  const describe = await open();
  const lines = captureLog();
  expect(describe("175.16.199.1")).toBeNull();
  expect(lines.join()).toContain("GEO_FILE is damaged: a place could not be read");
  expect(describe("81.2.69.142")).toBe("London, United Kingdom");

  file[file.indexOf("London") - 1] = 0;
  writeFileSync(path, file);
  close();
  await expect(open()).rejects.toThrow(`GEO_FILE is ${path}, which is damaged:`);
});

test("a file that is missing, incomplete or about something else is refused at the start, in one sentence", async () => {
  await expect(open(join(folder, "none.mmdb"))).rejects.toThrow(
    /^GEO_FILE is \S+none\.mmdb, which cannot be read: ENOENT.*$/,
  );
  await expect(open(folder)).rejects.toThrow(/^GEO_FILE is \S+, which cannot be read: EISDIR.*$/);
  writeFileSync(path, "");
  await expect(open()).rejects.toThrow(`GEO_FILE is ${path}, which is not a complete .mmdb file.`);
  writeGeoFile(path, NETWORKS, { type: "GeoLite2-ASN" });
  await expect(open()).rejects.toThrow(
    `GEO_FILE is ${path}, which is a GeoLite2-ASN database: use one of cities or countries.`,
  );
  writeFileSync(path, readFileSync(path).subarray(-150));
  await expect(open()).rejects.toThrow(/^GEO_FILE is /);
});

test("without the setting nothing is opened, and no address has a place", async () => {
  const describe = await open("");
  expect(describe("81.2.69.142")).toBeNull();
});

test("a source whose licence asks for it is named", async () => {
  for (const [type, name] of [
    ["DBIP-City-Lite", "IP Geolocation by DB-IP"],
    ["GeoLite2-City", "GeoLite2 by MaxMind"],
    ["GeoIP2-City", undefined],
  ] as const) {
    writeGeoFile(path, NETWORKS, { type });
    await open();
    const { sourceOfPlaces } = await import("./place");
    expect(sourceOfPlaces()).toEqual(name ? expect.objectContaining({ name }) : "unnamed");
    close();
  }
  const { sourceOfPlaces } = await import("./place");
  expect(sourceOfPlaces()).toBeNull();
});
