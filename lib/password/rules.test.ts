import { expect, test } from "vitest";
import { judgePassword, LONGEST, SHORTEST } from "./rules.mjs";

const CIRCUMSTANCES = { email: "ada.lovelace@example.com", siteNames: ["latchkey", "login.example.com"] };

function problem(password: string) {
  return judgePassword(password, CIRCUMSTANCES).problem;
}

/** A password of this length that is hard to guess. */
function goodOf(length: number): string {
  return "vK8 zebra/Öl?".repeat(30).slice(0, length);
}

test.each([
  ["a passphrase", "violet tuesday kettle mango"],
  ["the output of a password manager", "x9$Lm2!qRt7&vWz4"],
  ["only letters", "kvxqzjwmpfhgybtr"],
  ["only digits", "830261947582036"],
  ["another script", "новый чайник фиолетовый вторник"],
  ["emoji", "🦊🥐🚲🎈🧭🪁🧊🥝🪞🎻🧵🪐🦑🌵🍒"],
])("no kind of character is required, and every kind is allowed: %s", (_what, password) => {
  expect(problem(password)).toBeNull();
});

test("a password has at least 15 and at most 256 characters, however many bytes they take", () => {
  expect([SHORTEST, LONGEST]).toEqual([15, 256]);
  expect(problem(goodOf(14))).toBe("short");
  expect(problem(goodOf(15))).toBeNull();
  expect(problem("🦊🥐🚲🎈🧭🪁🧊🥝🪞🎻🧵🪐🦑🌵")).toBe("short");
  expect(problem(goodOf(256))).toBeNull();
  expect(problem(goodOf(257))).toBe("long");
});

test.each(["passwordpassword", "PasswordPassword", "123456789987654321", "qwertyuiop12345", "1qaz2wsx3edc4rfv"])(
  "a password on the list of common passwords is refused: %s",
  (password) => {
    expect(problem(password)).toBe("common");
  },
);

test.each(["aaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabc", "password1234567", "iloveyouforever1", "P4ssw0rdP4ssw0rd"])(
  "a password made of common words and patterns is refused: %s",
  (password) => {
    expect(problem(password)).toBe("easy");
  },
);

test.each(["ada.lovelace kettle mango", "mango ADA.LOVELACE@example.com", "xx ada.lovelace@example.com yy"])(
  "a password that contains the email address is refused: %s",
  (password) => {
    expect(problem(password)).toBe("about-you");
  },
);

test.each(["my Latchkey kettle mango", "ｌatchkey violet tuesday", "violet login.example.com"])(
  "a password that contains the name of the site is refused: %s",
  (password) => {
    expect(problem(password)).toBe("about-site");
  },
);

test("a name of three letters in the email address may be part of the password", () => {
  const { problem } = judgePassword("canada violet kettle mango", { email: "ada@example.com", siteNames: [] });
  expect(problem).toBeNull();
});

test("refused passwords have strength 0, and accepted ones get stronger with their length", () => {
  const strength = (password: string) => judgePassword(password, CIRCUMSTANCES).strength;
  expect(strength("passwordpassword")).toBe(0);
  expect(strength("monkey dragon 77")).toBeGreaterThan(0);
  expect(strength("monkey dragon 77")).toBeLessThan(strength("violet tuesday kettle mango"));
});

test("with a second factor, 8 characters are enough, and 7 are not", () => {
  const circumstances = { email: "ada@example.com", siteNames: [], hasSecondFactor: true };
  expect(judgePassword("kq7-Wz2v", circumstances).problem).toBeNull();
  expect(judgePassword("kq7-Wz2", circumstances).problem).toBe("shorter");
  expect(judgePassword("kq7-Wz2v", { ...circumstances, hasSecondFactor: false }).problem).toBe("short");
});
