import { expect, test } from "vitest";
import { judgePassword, LONGEST, PROBLEMS, SHORTEST } from "./rules.mjs";

const CIRCUMSTANCES = { email: "ada.lovelace@example.com", siteNames: ["latchkey", "login.example.com"] };

function problem(password: string) {
  return judgePassword(password, CIRCUMSTANCES).problem;
}

/** A password that nobody would guess, of this many characters. */
function goodOf(length: number): string {
  return "vK8 zebra/Öl?".repeat(30).slice(0, length);
}

test.each([
  ["a passphrase", "violet tuesday kettle mango"],
  ["what a password manager makes", "x9$Lm2!qRt7&vWz4"],
  ["letters alone", "kvxqzjwmpfhgybtr"],
  ["digits alone", "830261947582036"],
  ["another script", "новый чайник фиолетовый вторник"],
  ["pictures", "🦊🥐🚲🎈🧭🪁🧊🥝🪞🎻🧵🪐🦑🌵🍒"],
])("no kind of character has to be there, and any may: %s", (_what, password) => {
  expect(problem(password)).toBeNull();
});

test("a password has at least 15 characters and at most 256, whatever a character takes to store", () => {
  expect([SHORTEST, LONGEST]).toEqual([15, 256]);
  expect(problem(goodOf(14))).toBe("short");
  expect(problem(goodOf(15))).toBeNull();
  expect(problem("🦊🥐🚲🎈🧭🪁🧊🥝🪞🎻🧵🪐🦑🌵")).toBe("short");
  expect(problem(goodOf(256))).toBeNull();
  expect(problem(goodOf(257))).toBe("long");
});

test.each(["passwordpassword", "PasswordPassword", "123456789987654321", "qwertyuiop12345", "1qaz2wsx3edc4rfv"])(
  "what is on the list of common passwords is refused: %s",
  (password) => {
    expect(problem(password)).toBe("common");
  },
);

test.each(["aaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabc", "password1234567", "iloveyouforever1", "P4ssw0rdP4ssw0rd"])(
  "what is made of common words and patterns is refused: %s",
  (password) => {
    expect(problem(password)).toBe("easy");
  },
);

test.each(["ada.lovelace kettle mango", "mango ADA.LOVELACE@example.com", "xx ada.lovelace@example.com yy"])(
  "what contains the email address is refused: %s",
  (password) => {
    expect(problem(password)).toBe("about-you");
  },
);

test.each(["my Latchkey kettle mango", "ｌatchkey violet tuesday", "violet login.example.com"])(
  "what contains the name of the site is refused: %s",
  (password) => {
    expect(problem(password)).toBe("about-site");
  },
);

test("a name of three letters in the address forbids no word that contains it", () => {
  const { problem } = judgePassword("canada violet kettle mango", { email: "ada@example.com", siteNames: [] });
  expect(problem).toBeNull();
});

test("what is refused is the weakest, and what is not gets stronger with its length", () => {
  const strength = (password: string) => judgePassword(password, CIRCUMSTANCES).strength;
  expect(strength("passwordpassword")).toBe(0);
  expect(strength("monkey dragon 77")).toBeGreaterThan(0);
  expect(strength("monkey dragon 77")).toBeLessThan(strength("violet tuesday kettle mango"));
});

test("every problem says what to do about it", () => {
  for (const text of Object.values(PROBLEMS)) expect(text.length).toBeGreaterThan(20);
});
