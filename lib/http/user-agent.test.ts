import { expect, test } from "vitest";
import { ENGLISH } from "@/lib/words";
import { describeBrowser, readBrowser } from "./user-agent";

const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

test("a browser is described as its user agent says", () => {
  expect(readBrowser(IPHONE)).toEqual({ browser: "Safari", system: "iOS", device: "phone" });
  expect(describeBrowser("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ENGLISH)).toBe(
    "Firefox on Linux",
  );
});

test.each([
  "Your account is locked, go to https://evil.example/unlock now/1 x",
  "<script>alert(1)</script>/1.0",
  "",
  "curl/8.0 something",
])("no text from a user agent gets into the description of its browser, which emails contain: %s", (userAgent) => {
  expect(describeBrowser(userAgent, ENGLISH)).toMatch(/^(Unknown browser|cURL|Curl)$/i);
});

test("a client without a user agent is unknown", () => {
  expect(readBrowser(null)).toEqual({ browser: "Unknown browser", system: null, device: "other" });
});
