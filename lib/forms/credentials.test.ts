import { expect, test } from "vitest";
import { type RequestContext, withRequestContext } from "@/lib/request-context";
import { parseLogin } from "./credentials";
import { HANDLE, parseRepeated } from "./fields";

function form(...fields: [string, string][]): FormData {
  const data = new FormData();
  for (const [name, value] of fields) data.append(name, value);
  return data;
}

/** Reads as within a request. Also returns the status that the response would have. */
function within<Value>(read: () => Value): { value: Value; status: number | null } {
  const context: RequestContext = {
    requestId: "of-this-request",
    method: "POST",
    original: null,
    brings: true,
    isUse: true,
    isArrival: false,
    path: "/login",
    url: "/login",
    address: null,
    locale: "en",
    timeZone: null,
    theme: "system",
    ending: null,
    justDone: null,
    userAgent: null,
    proof: null,
    generation: null,
    lacksBinding: false,
    bindChallenge: null,
    rotationCookie: null,
    status: null,
    retryAfter: null,
    refused: null,
    gone: new AbortController().signal,
    isReached: false,
  };
  const value = withRequestContext(context, read);
  return { value, status: context.status };
}

function parse(data: unknown) {
  const { value, status } = within(() => parseLogin(data as FormData));
  return { ...value, status };
}

test("the password is taken exactly as typed, including spaces", () => {
  expect(parse(form(["email", "a@example.com"], ["password", "  two words "]))).toMatchObject({
    credentials: { email: "a@example.com", password: "  two words ", publicComputer: false },
    status: null,
  });
});

test("a ticked box means a public computer", () => {
  const parsed = parse(form(["email", "a@example.com"], ["password", "x"], ["public", "on"]));
  expect(parsed).toMatchObject({ credentials: { publicComputer: true } });
});

test.each<[string, [string, string][], string[]]>([
  ["nothing", [], ["email", "password"]],
  ["no email", [["password", "x"]], ["email"]],
  ["no password", [["email", "a@example.com"], ["password", ""]], ["password"]], // biome-ignore format: one case a line
  ["no valid address", [["email", "a"], ["password", "x"]], ["email"]], // biome-ignore format: one case a line
  ["an endless address", [["email", `${"a".repeat(300)}@example.com`], ["password", "x"]], ["email"]], // biome-ignore format: one case a line
  ["an endless password", [["email", "a@example.com"], ["password", "x".repeat(2000)]], ["password"]], // biome-ignore format: one case a line
])("%s is an error at the fields concerned", (_what, fields, wrong) => {
  const parsed = parse(form(...fields));
  expect("errors" in parsed && Object.keys(parsed.errors)).toEqual(wrong);
  expect(parsed.status).toBeNull();
});

const FILE = new FormData();
FILE.set("password", new Blob(["x"]), "password.txt");

test.each<[string, unknown]>([
  ["a repeated field", form(["email", "a@example.com"], ["email", "b@example.com"], ["password", "x"])],
  ["a NUL in a field", form(["email", "a\u0000@example.com"], ["password", "x"])],
  ["a file in place of text", FILE],
  ["an object", { email: "a@example.com", password: "x" }],
  ["nothing at all", undefined],
  ["a number", Number.NaN],
])("input that no form of ours sends is a 400: %s", (_what, data) => {
  const parsed = parse(data);
  expect(parsed).toHaveProperty("errors.form");
  expect(parsed.status).toBe(400);
});

test.each<[string, FormData]>([
  ["one field", form(["email", "a@example.com"], ["password", "x"], ["extension", "y"])],
  ["one field twice", form(["extension", "y"], ["email", "a@example.com"], ["extension", "z"], ["password", "x"])],
  [
    "fields named like properties of an object",
    form(["__proto__", "y"], ["constructor", "y"], ["email", "a@example.com"], ["password", "x"]),
  ],
  [
    "the field of Next.js, twice",
    form(["$ACTION_KEY", "y"], ["$ACTION_KEY", "y"], ["email", "a@example.com"], ["password", "x"]),
  ],
])("an unknown field is ignored: %s", (_what, data) => {
  const parsed = parse(data);
  expect(parsed).toMatchObject({ credentials: { email: "a@example.com", password: "x" }, status: null });
  expect(Object.keys(parsed)).not.toContain("extension");
});

const [ONE, OTHER] = ["6f1c2f4e-0000-4000-8000-000000000001", "6f1c2f4e-0000-4000-8000-000000000002"];
const HANDLE_FILE = new FormData();
HANDLE_FILE.set("handle", new Blob([ONE]), "handle.txt");

test.each<[string, unknown, string[] | null, number | null]>([
  ["none", form(["act", "revoke"]), [], null],
  ["several, in any case", form(["handle", ONE], ["handle", OTHER.toUpperCase()]), [ONE, OTHER], null],
  ["one that breaks the rule", form(["handle", ONE], ["handle", "x"]), null, null],
  ["a file", HANDLE_FILE, null, 400],
  ["no form", { handle: ONE }, null, 400],
])("a field that may be repeated is parsed value by value: %s", (_what, data, value, status) => {
  expect(within(() => parseRepeated(data, "handle", HANDLE))).toEqual({ value, status });
});
