import fc from "fast-check";
import { expect, test } from "vitest";
import { mailAddress, normaliseEmail, parseEmail } from "./email";

test.each([
  // The local part: one address, whatever its case and its Unicode form.
  ["Ren\u00e9e@Example.COM", "ren\u00e9e@example.com"],
  [" rene\u0301e@example.com ", "ren\u00e9e@example.com"],
  ["\uff52en\u00e9e\uff20example.com", "ren\u00e9e@example.com"],
  ["\u1112\u1161\u11ab@example.com", "한@example.com"],
  ["Straße@example.com", "straße@example.com"],
  // The domain: stored in Unicode, although some browsers send it in ASCII.
  ["han@한국.example", "han@한국.example"],
  ["han@xn--3e0b707e.example", "han@한국.example"],
  ["HAN@XN--3E0B707E.EXAMPLE", "han@한국.example"],
  ["han@\u1112\u1161\u11ab\u1100\u116e\u11a8.example", "han@한국.example"],
  ["han@한국。example", "han@한국.example"],
  ["han@한국．example", "han@한국.example"],
  ["han@한국｡example", "han@한국.example"],
  ["han@ｅｘａｍｐｌｅ.com", "han@example.com"],
  ["han@BÜCHER.example", "han@bücher.example"],
  ["han@xn--bcher-kva.example", "han@bücher.example"],
  // UTS 46, nontransitional: not the same domains as strasse and πσ.
  ["han@Straße.example", "han@straße.example"],
  ["han@xn--strae-oqa.example", "han@straße.example"],
  ["han@πς.example", "han@πς.example"],
  ["han@ΠΣ.example", "han@πσ.example"],
  ["han@نامه\u200cای.example", "han@نامه\u200cای.example"],
  ["han@xn--mgba3gch31f060k.example", "han@نامه\u200cای.example"],
  ["han@مثال.example", "han@مثال.example"],
  ["han@ᏣᎳᎩ.example", "han@ᏣᎳᎩ.example"],
  ["han@exam\u00adple.com", "han@example.com"],
  ["han@example.com.", "han@example.com"],
  ["han@example.com。", "han@example.com"],
  ["\u202ahan@example.com\u202c", "han@example.com"],
  ["\ufeffhan@example.com\u200b", "han@example.com"],
  // Some registries and old hosts use these.
  ["han@a_b.example", "han@a_b.example"],
  ["han@r3---sn.example", "han@r3---sn.example"],
  ["han@localhost", "han@localhost"],
])("%s is stored as %s", (typed, stored) => {
  expect(parseEmail(typed)).toBe(stored);
  expect(normaliseEmail(typed)).toBe(stored);
});

test.each([
  ["nothing before the @", "@example.com"],
  ["nothing after it", "han@"],
  ["no @", "han"],
  ["two @", "han@kim@example.com"],
  ["a quoted part", '"han kim"@example.com'],
  ["a comment", "han(kim)@example.com"],
  ["a name before it", "Han <han@example.com>"],
  ["an empty label", "han@example..com"],
  ["a label that decodes to nothing", "han@xn--a.example"],
  ["a label that decodes to ASCII", "han@xn--example-.com"],
  ["a label of more than 63 bytes", `han@${"a".repeat(64)}.com`],
  ["a Unicode label that is longer than that in ASCII", `han@${"한".repeat(60)}.example`],
  ["a mix of directions that domains forbid", "han@\u05d0a.example"],
  ["a joiner that joins nothing", "han@exam\u200dple.com"],
  ["a character that changes the direction of text", "han\u202ekim@example.com"],
  ["an invisible character", "han\u200bkim@example.com"],
  ["a filler", "han\u3164@example.com"],
  ["half a surrogate pair", "han\ud800@example.com"],
  ["a full-width slash", "han@example.com\uff0fx"],
  ["an IP address in place of a domain", "han@[192.0.2.1]"],
  ["more than 254 bytes as sent", `${"한".repeat(90)}@example.com`],
])("an address with %s is refused", (_what, typed) => {
  expect(parseEmail(typed)).toBeNull();
});

test("an email goes to the domain in ASCII, with the local part unchanged", () => {
  expect(mailAddress("한@한국.example")).toBe("한@xn--3e0b707e.example");
  expect(mailAddress("han@straße.example")).toBe("han@xn--strae-oqa.example");
  expect(mailAddress("han@example.com")).toBe("han@example.com");
});

test("normalising a text twice changes nothing more", () => {
  const label = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("xn--3e0b707e", "한국", "ﬁ", "ẞ", "İ", "Σ", "."),
  );
  fc.assert(
    fc.property(label, label, (local, domain) => {
      const once = normaliseEmail(`${local}@${domain}`);
      expect(normaliseEmail(once)).toBe(once);
    }),
    { numRuns: 2000 },
  );
});
