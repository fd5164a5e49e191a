import { expect, test } from "vitest";
import { normaliseEmail, parseCredentials } from "./credentials";

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

test("one address is one account, whatever its case and its Unicode form", () => {
  const composed = "Ren\u00e9e@Example.COM";
  const decomposed = " rene\u0301e@example.com ";
  const fullWidth = "\uff52en\u00e9e@example.com";

  expect(normaliseEmail(composed)).toBe("ren\u00e9e@example.com");
  expect(normaliseEmail(decomposed)).toBe(normaliseEmail(composed));
  expect(normaliseEmail(fullWidth)).toBe(normaliseEmail(composed));
});

test("the password is taken as it was typed, spaces and all", () => {
  const parsed = parseCredentials(form({ email: "a@example.com", password: "  two words " }));
  expect(parsed).toEqual({ credentials: { email: "a@example.com", password: "  two words ", publicComputer: false } });
});

test("a ticked box means a public computer", () => {
  const parsed = parseCredentials(form({ email: "a@example.com", password: "x", public: "on" }));
  expect(parsed).toMatchObject({ credentials: { publicComputer: true } });
});

test.each([
  ["nothing", {}, ["email", "password"]],
  ["no email", { password: "x" }, ["email"]],
  ["no password", { email: "a@example.com", password: "" }, ["password"]],
  ["something that is no address", { email: "a", password: "x" }, ["email"]],
  ["a NUL in the address", { email: "a\u0000@example.com", password: "x" }, ["email"]],
  ["an endless address", { email: `${"a".repeat(300)}@example.com`, password: "x" }, ["email"]],
  ["an endless password", { email: "a@example.com", password: "x".repeat(2000) }, ["password"]],
])("%s is said at the fields that it concerns", (_what, fields, wrong) => {
  const parsed = parseCredentials(form(fields as Record<string, string>));
  expect("errors" in parsed && Object.keys(parsed.errors)).toEqual(wrong);
});

test("a file where text belongs is an error of that field, and no crash", () => {
  const data = form({ email: "a@example.com" });
  data.set("password", new Blob(["x"]), "password.txt");

  expect(parseCredentials(data)).toHaveProperty("errors.password");
});
