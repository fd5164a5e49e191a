import { expect, test } from "vitest";
import { isOwnOrigin, isSameOrigin, ownHost } from "./same-origin";

test("Sec-Fetch-Site: same-origin is enough", () => {
  expect(isSameOrigin({ site: "same-origin", origin: undefined })).toBe(true);
  // With `Referrer-Policy: no-referrer`, our own forms carry this.
  expect(isSameOrigin({ site: "same-origin", origin: "null" })).toBe(true);
});

test.each(["cross-site", "same-site", "none", "", "same-origin, cross-site"])(
  "a request that Sec-Fetch-Site says comes from elsewhere is refused, whatever its Origin: %j",
  (site) => {
    expect(isSameOrigin({ site, origin: "http://localhost:3000" })).toBe(false);
  },
);

test("without Sec-Fetch-Site, the Origin must be the application's own", () => {
  expect(isSameOrigin({ site: undefined, origin: "http://localhost:3000" })).toBe(true);
  expect(isSameOrigin({ site: undefined, origin: "http://evil.example" })).toBe(false);
});

test.each([undefined, "null", "", "file://", "localhost:3000", "http://", "%"])(
  "a request without Sec-Fetch-Site and a valid Origin is refused: %j",
  (origin) => {
    expect(isSameOrigin({ site: undefined, origin })).toBe(false);
  },
);

test("on this machine, localhost, 127.0.0.1 and [::1] are the same origin", () => {
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) expect(isOwnOrigin(`http://${host}:3000`)).toBe(true);
});

test.each([
  "http://localhost:3001",
  "https://localhost:3000",
  "http://localhost.evil.example:3000",
  "http://localhost:3000.evil.example",
  "http://127.0.0.2:3000",
])("another port, scheme or host is another origin: %s", (origin) => {
  expect(isOwnOrigin(origin)).toBe(false);
});

test.each([
  "http://x@localhost:3000",
  "http://x:y@localhost:3000",
  "http://LOCALHOST:3000",
  "HTTP://localhost:3000",
  "http://localhost:3000/",
  "http://localhost.:3000",
  "http://localhost:03000",
  "http://localhost:3000#",
  "http://localhost:3000 ",
  "http://[0:0:0:0:0:0:0:1]:3000",
])("an Origin in a spelling that no browser writes is refused: %s", (origin) => {
  expect(isOwnOrigin(origin)).toBe(false);
});

test.each([
  ["localhost:3000", "localhost:3000"],
  ["LOCALHOST:3000", "localhost:3000"],
  ["localhost.:3000", "localhost:3000"],
  ["127.0.0.1:3000", "127.0.0.1:3000"],
  ["[::1]:3000", "[::1]:3000"],
  ["[0:0:0:0:0:0:0:1]:3000", "[::1]:3000"],
  ["localhost:03000", "localhost:3000"],
])("the host %s is recognised as our own host %s", (host, own) => {
  expect(ownHost(host)).toBe(own);
});

test.each([
  "",
  "localhost",
  "localhost:3001",
  "localhost:",
  "evil.example:3000",
  "localhost:3000.evil.example",
  "x@localhost:3000",
  "localhost:3000/x",
  "localhost:3000#",
  "localhost..:3000",
  "localhost:3000, evil.example",
  "[::1",
  "::1:3000",
])("the host %j is not our own", (host) => {
  expect(ownHost(host)).toBeNull();
});
