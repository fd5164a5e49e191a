import { expect, test } from "vitest";
import { ADDRESS_PART, EMAIL, HANDLE, HANDLES, LABEL, lines, MOMENT, momentIn, NAME, NOTE, RANGE } from "./fields";

const PERSIAN = "علی\u200cرضا";
const FAMILY = "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}";

test.each([
  ["a name in NFC", "Rene\u0301e", "Ren\u00e9e"],
  ["syllables that were typed as jamo", "\u1112\u1161\u11ab", "한"],
  ["white space and line ends from pasting", "  Ada\u3000\n King\t", "Ada King"],
  ["invisible characters at its ends from pasting", "\ufeff\u200eAda\u200f\u200b", "Ada"],
  ["a joiner in Persian", PERSIAN, PERSIAN],
  ["a joiner in Hindi", "क्\u200dष", "क्\u200dष"],
  ["a joiner at the end of a word in Malayalam", "അവന\u0d4d\u200d", "അവന\u0d4d\u200d"],
  ["a joined emoji", FAMILY, FAMILY],
  [
    "a flag made of tags",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
  ],
  ["an emoji that is shown in colour", "I \u2764\ufe0f 1\ufe0f\u20e3", "I \u2764\ufe0f 1\ufe0f\u20e3"],
  ["a variant of a Chinese character", "\u845b\u{E0100}城", "\u845b\u{E0100}城"],
  ["a variant of a Mongolian letter", "\u1820\u180b", "\u1820\u180b"],
  ["letters of a right-to-left script", "דוד", "דוד"],
  ["signs", "Ada & Co. (²)", "Ada & Co. (²)"],
])("a name can have %s", (_what, typed, stored) => {
  expect(NAME.accept(typed)).toBe(stored);
});

const UNSEEN: [string, string][] = [
  ["a control character", "\u0007"],
  ["a control character of C1", "\u0085\u009b"],
  ["an embedding", "\u202a"],
  ["an override", "\u202e"],
  ["an isolate", "\u2066"],
  ["the end of an isolate", "\u2069"],
  ["a mark of direction", "\u200f"],
  ["an Arabic mark of direction", "\u061c"],
  ["a zero-width space", "\u200b"],
  ["a joiner that joins nothing", "\u200d"],
  ["a word joiner", "\u2060"],
  ["a byte order mark", "\ufeff"],
  ["a soft hyphen", "\u00ad"],
  ["a Hangul filler", "\u3164"],
  ["a filler of jamo", "\u115f"],
  ["a half-width filler", "\uffa0"],
  ["an empty Braille pattern", "\u2800"],
  ["a tag", "\u{E0061}"],
  ["a variation selector that varies nothing", "\ufe0f"],
  ["an unassigned code point", "\u0378"],
  ["a private-use code point", "\ue000"],
  ["a noncharacter", "\uffff"],
  ["half a surrogate pair", "\ud83d"],
  ["an object replacement character", "\ufffc"],
  ["a musical null notehead", "\u{1D159}"],
  ["a pile of marks", "\u0335".repeat(20)],
];

test.each(UNSEEN)("%s is refused in all text for people, with a clear error", (_what, character) => {
  for (const rule of [NAME, LABEL, NOTE, lines({ most: 100, empty: null })]) {
    expect(rule.accept(`a${character}b`)).toBeNull();
    expect(rule.message(`a${character}b`)).toEqual(["fields.unseen"]);
  }
  expect(EMAIL.message(`a${character}b@example.com`)).toEqual(["fields.unseen"]);
});

test.each([...UNSEEN, ["spaces", " \u3000\u00a0"], ["nothing", ""]])(
  "a name that consists only of %s is refused",
  (_what, redact) => {
    expect(NAME.accept(redact)).toBeNull();
    expect(NOTE.accept(redact)).toBeNull();
  },
);

test("a name cannot begin with a combining mark, which would attach to the text before it", () => {
  expect(NAME.accept("\u0301Ada")).toBeNull();
  expect(NAME.message("\u0301Ada")).toEqual(["fields.unseen"]);
});

test("the length limit counts characters as a person sees them", () => {
  for (const character of ["a", "한", "\u{1F600}", FAMILY, "क्ष"]) {
    expect(NAME.accept(character.repeat(90))).not.toBeNull();
    expect(NAME.accept(character.repeat(101))).toBeNull();
    expect(NAME.message(character.repeat(101))).toEqual(["fields.lineTooLong", { most: 100 }]);
  }
  expect(NAME.accept("\u1112\u1161\u11ab".repeat(100))).toBe("한".repeat(100));
});

test("several lines get the same line ends from every browser, without blank lines around them", () => {
  const rule = lines({ most: 1000, empty: ["fields.name"] });

  expect(rule.accept("\r\n\r\n one \r\n\r\n\ttwo\rthree\n\n")).toBe(" one\n\n\ttwo\nthree");
  expect(rule.accept(" \r\n \n")).toBeNull();
  expect(rule.message("\r\n")).toEqual(["fields.name"]);
  expect(rule.accept("a\r\n".repeat(1000))).toBeNull();
  expect(rule.message("a\r\n".repeat(1000))).toEqual(["fields.linesTooLong", { most: 1000 }]);
});

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::FFFF:192.0.2.7", "192.0.2.7"],
  ["::ffff:c000:207", "192.0.2.7"],
  ["::ffff:192.0.2.0/120", "192.0.2.0/24"],
  ["2001:DB8:0:0::1", "2001:db8::1"],
  ["2001:DB8::/32", "2001:db8::/32"],
  ["１９２.０.２.7", "192.0.2.7"],
  ["", ""],
])("the address filter %s becomes %s, the spelling that is stored", (typed, meant) => {
  expect(RANGE.accept(typed)).toBe(meant);
});

test.each([
  ["192.0.2.", "192.0.2.0/24"],
  [" １９２.０ ", "192.0.0.0/16"],
  ["2001:DB8", "2001:db8::/32"],
  ["192.0.2.7", "192.0.2.7"],
  ["", ""],
  ["10", null],
  ["nowhere", null],
])("a search by the address %j means %j, and only a search takes a part of one", (typed, meant) => {
  expect(ADDRESS_PART.accept(typed)).toBe(meant);
  expect(RANGE.accept(typed)).toBe(meant?.includes("/") ? null : meant);
});

test("a list takes each of its values once, and none, a wrong one or too many are errors", () => {
  const [one, two] = ["0198c5a2-1111-7abc-8def-0123456789ab", "0198c5a2-2222-7abc-8def-0123456789ab"];
  const many = Array.from({ length: 101 }, (_, index) => one.slice(0, -3) + String(index).padStart(3, "0"));

  expect(HANDLES.accept(` ${one}  ${two.toUpperCase()} ${one}`)).toBe(`${one} ${two}`);
  expect(HANDLES.accept(many.slice(1).join(" "))).not.toBeNull();
  for (const text of ["", " ", `${one} x`, many.join(" ")]) expect(HANDLES.accept(text)).toBeNull();
  expect([HANDLES.message(""), HANDLES.message("x")]).toEqual([["fields.select"], ["fields.noSession"]]);
});

test("a handle is accepted in capital letters, too", () => {
  const handle = "0198c5a2-1111-7abc-8def-0123456789ab";
  expect(HANDLE.accept(` ${handle.toUpperCase()} `)).toBe(handle);
});

test("a text that is far too long is refused quickly", () => {
  for (const character of [" ", "\n", "\u200b", "한", "\u{1F468}\u200d", "xn--", "\u0301"]) {
    const long = `a@${character.repeat(300_000)}b`;
    for (const rule of [NAME, EMAIL, lines({ most: 100, empty: null })])
      expect([null, "a@ b"]).toContain(rule.accept(long));
  }
});

test.each([
  ["2026-02-28", "2026-02-28T00:00:00.000Z"],
  ["2024-02-29 18:00", "2024-02-29T18:00:00.000Z"],
  ["2026-01-31T18:00+09:00", "2026-01-31T09:00:00.000Z"],
  ["", ""],
])("%j is read as a moment in UTC", (text, moment) => {
  expect(MOMENT.accept(text)).toBe(moment);
});

test.each([
  ["2026-01-31 18:00", "Asia/Seoul", "2026-01-31T09:00:00.000Z"],
  ["2026-01-31T18:00", null, "2026-01-31T18:00:00.000Z"],
  ["2026-01-31T18:00+01:00", "Asia/Seoul", "2026-01-31T17:00:00.000Z"],
  ["2026-01-31", "Asia/Seoul", "2026-01-30T15:00:00.000Z"],
  ["1000-01-01T00:00", "Asia/Seoul", null],
  ["9999-12-31T23:00", "America/New_York", null],
  ["soon", "Asia/Seoul", null],
  ["", "Asia/Seoul", ""],
])("%j is read as a moment in %s", (text, timeZone, moment) => {
  expect(momentIn(timeZone).accept(text)).toBe(moment);
});

test.each([
  "2026-02-30",
  "2025-02-29",
  "2026-04-31",
  "2026-13-01",
  "2026-00-10",
  "0000-01-01",
  "0001-01-01T00:00+23:59",
  "1000-01-01T00:00+00:01",
  "9999-12-31T23:59-00:01",
  "+275760-09-13",
  "NaN",
  "1e999",
  "-1",
  "2026-01-01T25:00",
  "2026-01-01T00:00+99:99",
])("%s is not a moment: the calendar or Postgres does not have it", (text) => {
  expect(MOMENT.accept(text)).toBeNull();
});
