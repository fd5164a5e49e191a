import { expect, test } from "vitest";
import type { Locale } from "@/lib/i18n/locale";
import { wordsIn } from "@/lib/words";
import { withPlaces } from "@/testing/geo-file";
import { tellIncident } from "./messages";
import type { Incident } from "./queue";

function told(locale: Locale, about: Incident["about"], failures?: number, ipAddress: string | null = null) {
  const at = "2026-11-29T09:40:00.000Z";
  const client = { userAgent: null, ipAddress };
  const incident: Incident = {
    about,
    userId: "",
    at,
    handle: null,
    ...(failures !== undefined && { failures }),
    ...client,
  };
  return tellIncident(wordsIn(locale), "ada@example.com", incident, null);
}

test.each([
  [1, "Log-in after 1 failed attempt", "to your account after 1 failed attempt."],
  [2, "Log-in after 2 failed attempts", "to your account after 2 failed attempts."],
])("the number of failed attempts has the right plural form in subject and text: %i", (failures, subject, text) => {
  const mail = told("en", "after-failures", failures);
  expect(mail.subject).toBe(subject);
  expect(mail.text).toContain(text);
  expect(told("ko", "after-failures", failures).subject).toBe(`로그인 시도가 ${failures}회 실패한 후 로그인되었습니다`);
});

test.each([
  [undefined, "we haven't seen before.\n"],
  [0, "we haven't seen before.\n"],
  [1, "we haven't seen before, after 1 failed attempt.\n"],
  [2, "we haven't seen before, after 2 failed attempts.\n"],
])("the email about a new browser mentions earlier failed attempts, if there were any: %s", (failures, text) => {
  expect(told("en", "new-browser", failures).text).toContain(text);
});

test("an unknown browser and address are named as such", () => {
  expect(told("en", "password-changed").text).toContain(
    "29 November 2026 at 09:40 UTC · Unknown browser · unknown address\n",
  );
});

test("a URL in the text is a link in the HTML, in every language", () => {
  for (const locale of ["en", "ko"] as const)
    expect(told(locale, "stopped").html).toContain(
      '<a href="http://localhost:3000/forgot-password" style="color:inherit;word-break:break-all">http://localhost:3000/forgot-password</a></p>',
    );
});

test("an email in a right-to-left language states its direction on the html element and again in the body", () => {
  expect(told("ar-XB", "stopped").html).toMatch(/<html lang="ar-XB" dir="rtl">.*<div lang="ar-XB" dir="rtl"/s);
});

test("an address is named with its place, in the owner's language, and with a source that asks to be named", async () => {
  const close = await withPlaces(undefined, { type: "DBIP-City-Lite" });
  const mail = told("en", "new-browser", 0, "81.2.69.142");
  expect(mail.text).toContain(" · Unknown browser · 81.2.69.142 (near London, United Kingdom)\n");
  expect(mail.text).toMatch(/\nIP Geolocation by DB-IP: https:\/\/db-ip\.com\n$/);
  expect(mail.html).toContain('<br><a href="https://db-ip.com" style="color:inherit">IP Geolocation by DB-IP</a></p>');
  expect(told("ko", "new-browser", 0, "81.2.69.142").text).toContain(" · 81.2.69.142 (영국 런던 부근)\n");

  const elsewhere = told("en", "new-browser", 0, "198.51.100.9");
  expect(elsewhere.text).toContain(" · 198.51.100.9\n");
  expect(elsewhere.text + elsewhere.html).not.toContain("DB-IP");
  close();
});

const APART = { from: "175.16.199.7", kilometres: 8854, minutes: 40 };

test.each([
  ["new-browser", "from a device we haven't seen before.\n"],
  ["after-failures", "to your account after 3 failed attempts.\n"],
  ["far-apart", "Someone logged in to your account.\n"],
] as const)(
  "an email about a log-in far from the use before says so, besides anything else unusual: %s",
  async (about, text) => {
    const close = await withPlaces();
    const client = { userAgent: null, ipAddress: "81.2.69.142" };
    const failures = about === "after-failures" ? 3 : 0;
    const incident = {
      about,
      userId: "",
      at: "2026-11-29T09:40:00.000Z",
      handle: null,
      failures,
      apart: APART,
      ...client,
    };
    const mail = tellIncident(wordsIn("en"), "ada@example.com", incident, null);
    expect(mail.subject).toBe("Log-ins from two places 8,900 km apart");
    expect(mail.text).toContain(text);
    expect(mail.text).toContain(
      "About 40 minutes earlier, your account was used near Seoul, South Korea, 8,900 km away.",
    );
    expect(mail.text).toContain("81.2.69.142 (near London, United Kingdom)");

    const korean = tellIncident(wordsIn("ko"), "ada@example.com", incident, null);
    expect(korean.subject).toBe("8,900km 떨어진 두 곳에서 로그인");
    expect(korean.text).toContain(
      "이 로그인보다 약 40분 앞서 8,900km 떨어진 대한민국 서울 부근에서 회원님의 계정이 사용되었습니다.",
    );
    close();
    // The file may be gone by the time the email is sent.
    expect(tellIncident(wordsIn("en"), "ada@example.com", incident, null).text).toContain(
      "was used near 175.16.199.7,",
    );
  },
);
