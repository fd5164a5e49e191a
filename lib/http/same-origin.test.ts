import { expect, test } from "vitest";
import { isOwnOrigin, isSameOrigin, ownHost } from "./same-origin";

test("a browser's own word that the request came from this site is enough", () => {
  expect(isSameOrigin({ site: "same-origin", origin: undefined })).toBe(true);
  // Under `Referrer-Policy: no-referrer` a form of our own carries this.
  expect(isSameOrigin({ site: "same-origin", origin: "null" })).toBe(true);
});

test.each(["cross-site", "same-site", "none", "", "same-origin, cross-site"])(
  "a request from elsewhere is not made good by its Origin: %j",
  (site) => {
    expect(isSameOrigin({ site, origin: "http://localhost:3000" })).toBe(false);
  },
);

test("without Sec-Fetch-Site the Origin has to be the application's own", () => {
  expect(isSameOrigin({ site: undefined, origin: "http://localhost:3000" })).toBe(true);
  expect(isSameOrigin({ site: undefined, origin: "http://evil.example" })).toBe(false);
});

test.each([undefined, "null", "", "file://", "localhost:3000", "http://", "%"])(
  "who says neither where from is refused: %j",
  (origin) => {
    expect(isSameOrigin({ site: undefined, origin })).toBe(false);
  },
);

test("on this machine localhost, 127.0.0.1 and [::1] are the same place", () => {
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) expect(isOwnOrigin(`http://${host}:3000`)).toBe(true);
});

test.each([
  "http://localhost:3001",
  "https://localhost:3000",
  "http://localhost.evil.example:3000",
  "http://localhost:3000.evil.example",
  "http://127.0.0.2:3000",
])("another port, scheme or host is another place: %s", (origin) => {
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
])("an Origin is one text, which no browser writes like this: %s", (origin) => {
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
])("the host %s is our own, however it is written", (host, own) => {
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
])("the host %j is another one", (host) => {
  expect(ownHost(host)).toBeNull();
});
