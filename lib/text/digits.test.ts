import { expect, test } from "vitest";
import { digitsOf } from "./digits";

test.each([
  ["12345678", "12345678"],
  ["5,997", "5997"],
  ["5.997", "5997"],
  ["5 997", "5997"],
  ["5\u202f997", "5997"],
  ["5\u2019997", "5997"],
  ["12,34,567", "1234567"],
  ["５，９９７", "5997"],
  ["٥٬٩٩٧", "5997"],
  ["۰۱۲۳۴۵۶۷۸۹", "0123456789"],
  ["५,९९७", "5997"],
  ["𞥐𞥑𞥙", "019"],
  ["", ""],
  ["none", ""],
])("the digits of %j are %j", (text, digits) => {
  expect(digitsOf(text)).toBe(digits);
});

test("every decimal digit of Unicode has its value", () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    const letter = String.fromCodePoint(code);
    if (!/\p{Nd}/u.test(letter) || /\p{Nd}/u.test(String.fromCodePoint(code - 1))) continue;
    for (let value = 0; value < 10; value++) {
      expect(digitsOf(String.fromCodePoint(code + value)), code.toString(16)).toBe(String(value));
    }
  }
});
