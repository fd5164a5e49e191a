import fc from "fast-check";
import { expect, test } from "vitest";
import { type Group, judge, parseRules } from "./rules";

const RULES = parseRules(`
  wiki.example.com user; wiki.example.com/admin admin
  wiki.example.com/admin/help user,admin
  *.internal.example.com admin
  *.deep.internal.example.com user
  open.internal.example.com user;
  Files.Example.com/Secret admin; files.example.com user
`);

/** The timeout of slow tests on a busy machine, in milliseconds. */
const PATIENCE = 60_000;

const USER: Group[] = ["user"];
const ADMIN: Group[] = ["user", "admin"];

function may(groups: Group[], address: string): boolean {
  const [, host = "", uri = ""] = /^([^/]*)(.*)$/s.exec(address) ?? [];
  return judge(RULES, { host, uri }, groups).isAllowed;
}

test("without rules, a logged-in user may access every place", () => {
  expect(judge(null, { host: "anything.example", uri: "/" }, USER)).toEqual({ isAllowed: true });
  expect(judge(null, null, USER)).toEqual({ isAllowed: true });
});

test.each([
  ["an exact host", "wiki.example.com/"],
  ["any path", "wiki.example.com/a/b?c=/admin%23/admin"],
  ["a path that only begins like that of a rule", "wiki.example.com/administrator"],
  ["the longer path before the shorter", "wiki.example.com/admin/help"],
  ["the longer path, and places below it", "wiki.example.com/admin/help/a"],
  ["the exact host before the wildcard", "open.internal.example.com/"],
  ["the longer wildcard before the shorter", "a.deep.internal.example.com/"],
  ["a host in any case, with any port", "WIKI.Example.COM:8443/"],
  ["a host with a trailing dot", "wiki.example.com.:443/"],
  ["a path with an encoded percent sign", "wiki.example.com/100%25"],
  ["a path in another language", "wiki.example.com/gr%C3%B6%C3%9Fe"],
])("a user may access a place that a rule allows: %s", (_why, address) => {
  expect(may(USER, address)).toBe(true);
  expect(may(ADMIN, address)).toBe(true);
});

test.each([
  "wiki.example.com/admin",
  "wiki.example.com/admin/",
  "wiki.example.com/admin?a",
  "wiki.example.com/admin/users",
  "wiki.example.com.:99/admin",
  "a.internal.example.com/",
  "a.b.internal.example.com/",
  "files.example.com/Secret",
  "files.example.com/secret",
])("only an administrator may access a place whose rule says admin: %s", (address) => {
  expect(may(USER, address)).toBe(false);
  expect(may(ADMIN, address)).toBe(true);
});

test.each([
  "other.example.com/",
  "example.com/",
  "internal.example.com/",
  "evilinternal.example.com/",
  "wiki.example.com.evil.example/",
  "evil.example:wiki.example.com/",
  "wiki.example.com, wiki.example.com/",
  "user@wiki.example.com/",
  "wiki.example.com:80:80/",
  "wiki.example.com../",
  "[::1]:443/",
  "[::ffff:10.0.0.1]/",
  "/",
  "wiki.example.com",
  "wiki.example.com*",
  "wiki.example.com/%",
  "wiki.example.com/%zz",
  "wiki.example.com/%ff",
  "wiki.example.com/%c0%ae%c0%ae/admin",
  "wiki.example.com/%u0061dmin",
  "wiki.example.com/a%00",
  "wiki.example.com/a%0a",
  "wiki.example.com/a%2500",
])("a place without a rule, or with an unreadable address, is refused to every user: %s", (address) => {
  expect(may(ADMIN, address)).toBe(false);
});

test.each([
  "/public/../admin",
  "/%61dmin",
  "/%2561dmin",
  "/admin.json;x/y",
  "//admin",
  "///admin//x",
  "//x/admin",
  "//wiki.example.com/admin",
  "\\\\x\\admin",
  "/ADMIN",
  "/%41dmin",
  "/./admin",
  "/%2e/admin",
  "/public/%2e%2e/admin",
  "/public%2f..%2fadmin",
  "/public%252f..%252fadmin",
  "/public/..%5cadmin",
  "/public\\..\\admin",
  "\\admin",
  "/\\admin",
  "/admin;a=b",
  "/admin%3Ba=b/x",
  "/..;/admin",
  "/public/..;a/admin",
  "/public//../admin",
  "/public/x/..//../admin",
  "/admin/help/../users",
  "/admin/help/..;/users",
  "/admin%3fa",
  "/admin%23a",
  "/admin%2f",
  "/admin/.",
  "/../admin",
  "/%25252561dmin",
  "/x/..%20/admin",
  "/public/../admin%20",
  "/%20admin",
  "/+admin+/x",
  "/admin.",
  "/admin./users",
  "/admin%2e%20",
  "/admin.json",
  "/admin.json/",
  "/admin::$INDEX_ALLOCATION/x",
  "/admin:stream",
  "/admin;x/../../public",
  "/%EF%BD%81dmin",
  "/public%EF%BC%8F..%EF%BC%8Fadmin",
  "/public/%EF%BC%8E%EF%BC%8E/admin",
  "/public/%E2%80%A5/admin",
  "/public%E2%88%95..%E2%88%95admin",
  "/public%E2%81%84..%E2%88%96admin",
  "/%EF%BC%85%36%31dmin",
  "/adm%C4%B1n",
  "/%C3%A1dmin",
  "/a%CC%81dmin",
  "/ad%E2%80%8Bmin",
  "/ad%C2%ADmin",
])("a path in disguise is refused like every path that it may stand for: %s", (path) => {
  expect(judge(RULES, { host: "wiki.example.com", uri: path }, USER).isAllowed).toBe(false);
});

test("a path beyond ASCII matches its rule encoded, as bytes, composed or decomposed", () => {
  const rules = parseRules("a.example.com user; a.example.com/größe admin");
  const mayUser = (uri: string) => judge(rules, { host: "a.example.com", uri }, USER).isAllowed;
  // The bytes of a header, as Node reads them.
  const bytes = Buffer.from("/größe").toString("latin1");
  for (const uri of [
    bytes,
    "/gr%C3%B6%C3%9Fe",
    "/gr%c3%b6%c3%9fe/x",
    "/gro%CC%88%C3%9Fe",
    "/GR%C3%96SSE",
    "/gr\u00c3%b6%C3%9Fe",
  ])
    expect(mayUser(uri), uri).toBe(false);
  expect(mayUser("/gr%C3%BCn")).toBe(true);
});

test.each([
  "/x#/../admin",
  "/x#",
  "/x?a#/../admin",
  "/x /../admin",
  "/x?a b",
  "/x, /y",
  "/x\u0000",
  "/x\ty",
  "https://wiki.example.com/x",
  "x",
  "*",
  "",
])("an invalid request target is refused to every user: %j", (uri) => {
  expect(judge(RULES, { host: "wiki.example.com", uri }, ADMIN)).toEqual({ isAllowed: false, needed: null });
});

test("a # is refused even without rules: proxies forward it, and programs interpret it differently", () => {
  expect(judge(null, { host: "any.example.com", uri: "/x#/../admin" }, ADMIN).isAllowed).toBe(false);
});

test("an address in a header that overrides the request is judged as well", () => {
  const place = { host: "wiki.example.com", uri: "/" };
  for (const otherUris of [["/admin"], ["/", "/admin/x"], ["/x#/../admin"], ["no path"]])
    expect(judge(RULES, { ...place, otherUris }, USER).isAllowed, String(otherUris)).toBe(false);
  expect(judge(RULES, { ...place, otherUris: ["/other"] }, USER).isAllowed).toBe(true);
});

test("if no rule of a host has a path, the path makes no difference", () => {
  const rules = parseRules("a.example.com user; b.example.com/x user");
  for (const uri of [
    `/${"a".repeat(9000)}`,
    "/%ff",
    "/%",
    "/50%",
    "/\u00ff",
    "/\u00e0\u00a0\u0085",
    "/a%00",
    `/${"%252f;a/../".repeat(90)}`,
  ])
    expect(judge(rules, { host: "a.example.com", uri }, USER).isAllowed, uri).toBe(true);
});

test.each([
  ["/public", true],
  ["/public/x.css", true],
  ["/PUBLIC", false],
  ["/publicity", false],
  ["/", false],
  ["/public/../x", false],
  ["/x/../public", false],
  ["/public/..%2fx", false],
  ["/public/..;/x", false],
  ["/public;/../x", false],
  ["/public/x#/../../y", false],
  ["/public/%2e%2e/admin", false],
  ["/public/admin", false],
  ["//public", false],
])(
  "a place is open to visitors without a session only if every reading of its address is public: %s",
  (uri, isAllowed) => {
    const rules = parseRules("a.example.com user; a.example.com/public public; a.example.com/public/admin admin");
    expect(judge(rules, { host: "a.example.com", uri }, []).isAllowed).toBe(isAllowed);
    expect(judge(rules, { host: "a.example.com", uri: "/public" }, USER).isAllowed).toBe(true);
  },
);

test("a rule with methods covers only those, and a place with such rules refuses all other methods", () => {
  const rules = parseRules(`
    a.example.com user; a.example.com/api GET user; a.example.com/api POST,PUT admin
    a.example.com/hooks POST public; a.example.com/hooks admin
  `);
  const may = (groups: Group[], method: string | undefined, uri: string, more = {}) =>
    judge(rules, { host: "a.example.com", uri, ...(method !== undefined && { method }), ...more }, groups).isAllowed;

  for (const method of ["GET", "HEAD"]) expect(may(USER, method, "/api/x"), method).toBe(true);
  for (const method of ["POST", "PUT"]) expect(may(USER, method, "/api/x"), method).toBe(false);
  for (const method of ["POST", "PUT"]) expect(may(ADMIN, method, "/api/x"), method).toBe(true);
  for (const method of ["DELETE", "", undefined, "GET, POST", "OPTIONS"])
    expect(may(ADMIN, method, "/api"), method).toBe(false);
  for (const method of ["DELETE", "GET", undefined]) expect(may(USER, method, "/"), method).toBe(true);

  expect(may([], "POST", "/hooks/x")).toBe(true);
  expect(may([], "GET", "/hooks/x")).toBe(false);
  expect(may(ADMIN, "GET", "/hooks/x")).toBe(true);

  // Some applications take the method from a header or from the query.
  expect(may(USER, "GET", "/api", { otherMethods: ["post"] })).toBe(false);
  expect(may(USER, "GET", "/api?_method=put")).toBe(false);
  expect(may(USER, "GET", "/api?a=b&_method=get&_method=GET")).toBe(true);
  const asking = (names: string) => `/?${[...names].map((name) => `_method=${name}`).join("&")}`;
  expect(may(USER, "GET", asking("abcd"))).toBe(true);
  expect(may(USER, "GET", asking("abcde"))).toBe(false);
});

test(
  "no disguise of a path admits a user whom the plain path would refuse",
  () => {
    const word = fc.stringMatching(/^[a-z]{1,6}$/);
    const between = fc.oneof(
      fc.constantFrom(
        "/",
        "//",
        "/./",
        "\\",
        "/.//",
        "/%2e/",
        "%2f",
        "%5c",
        "/%2E/",
        "/;/",
        "/;a=b/",
        "%252f",
        "%255C",
      ),
      word.map((name) => `/${name}/../`),
      word.map((name) => `/${name}/..;x/`),
      word.map((name) => `/${name}/%2e%2e/`),
      word.map((name) => `/${name}%2f..%2f`),
    );
    const letter = (plain: string) =>
      fc.constantFrom(
        plain,
        plain.toUpperCase(),
        `%${plain.charCodeAt(0).toString(16)}`,
        `%25${plain.charCodeAt(0).toString(16)}`,
      );
    const admin = fc.tuple(...[..."admin"].map(letter)).map((letters) => letters.join(""));
    const after = fc.constantFrom("", "/", ";a", "/x", "?a=b", "%3f", "%2fx", "//", "/.", "%3bx");
    // An address begins with a slash.
    const path = fc
      .tuple(between, admin, after)
      .map(([before, name, end]) => `${before}${name}${end}`.replace(/^(?!\/)/, "/"));

    fc.assert(
      fc.property(path, (uri) => !judge(RULES, { host: "wiki.example.com", uri }, USER).isAllowed),
      { numRuns: 3000 },
    );
  },
  PATIENCE,
);

test("an unambiguous path is never refused as a disguise of another path", () => {
  const segment = fc.stringMatching(/^[\w.~-]{1,12}$/).filter((text) => !/^\.+$|^admin([.~-]|$)/i.test(text));
  fc.assert(
    fc.property(fc.array(segment), (segments) => may(USER, `wiki.example.com/${segments.join("/")}`)),
    { numRuns: 1000 },
  );
});

test("a path that is too long to judge is refused", () => {
  expect(may(USER, `wiki.example.com/${"a".repeat(2000)}?${"a".repeat(9000)}`)).toBe(true);
  expect(may(ADMIN, `wiki.example.com/${"a".repeat(2100)}`)).toBe(false);
});

test("an address with too many possible readings is refused", () => {
  const some = "/a;b/c:d/e./f+/g//h/i.j";
  expect(may(USER, `wiki.example.com${some}`)).toBe(true);
  // With too many characters in all readings, or with too many readings.
  expect(may(USER, `wiki.example.com/${"x".repeat(1900)}${some}`)).toBe(false);
  expect(may(USER, `wiki.example.com/a;b/c:d/e./f+/g//h/%252569/i.j`)).toBe(false);
});

test(
  "every request gets a verdict, and an administrator may access whatever a user may",
  () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.string().map(encodeURIComponent));
    fc.assert(
      fc.property(text, text, (host, path) => {
        for (const place of [
          { host, uri: path },
          { host: "wiki.example.com", uri: `/${path}` },
        ]) {
          const [user, admin] = [judge(RULES, place, USER), judge(RULES, place, ADMIN)];
          if (user.isAllowed && !admin.isAllowed) return false;
        }
        return true;
      }),
      { numRuns: 300 },
    );
  },
  PATIENCE,
);

test("a refusal names the groups that would be admitted", () => {
  expect(judge(RULES, { host: "wiki.example.com", uri: "/admin" }, USER)).toEqual({
    isAllowed: false,
    needed: ["admin"],
  });
  expect(judge(RULES, { host: "other.example.com", uri: "/" }, ADMIN)).toEqual({ isAllowed: false, needed: [] });
  expect(judge(RULES, null, ADMIN)).toEqual({ isAllowed: false, needed: [] });
});

test("the order of the rules makes no difference", () => {
  const entries = ["a.example.com user", "a.example.com/x admin", "*.example.com admin", "*.b.example.com user"];
  const places = ["a.example.com/", "a.example.com/x", "c.example.com/", "c.b.example.com/"];
  fc.assert(
    fc.property(fc.shuffledSubarray(entries, { minLength: 4 }), (shuffled) => {
      const rules = parseRules(shuffled.join(";"));
      const verdicts = places.map((place) => {
        const [host = "", path] = place.split("/");
        return judge(rules, { host, uri: `/${path}` }, USER).isAllowed;
      });
      expect(verdicts).toEqual([true, false, false, true]);
    }),
  );
});

test.each([
  "wiki.example.com",
  "wiki.example.com user admin",
  "wiki.example.com users",
  "wiki.example.com user,",
  "wiki.example.com:8443 user",
  "https://wiki.example.com user",
  "* user",
  "*example.com user",
  "wiki.*.com user",
  "-wiki.example.com user",
  "wiki.example.com/a/../b user",
  "wiki.example.com/a//b user",
  "wiki.example.com/%61 user",
  "wiki.example.com/a;b=c user",
  "wiki.example.com/a?b user",
  "wiki.example.com GTE user",
  "wiki.example.com get user",
  "wiki.example.com user GET",
  "wiki.example.com GET, POST user",
  "wiki.example.com GET",
  "/admin admin",
])("the error for an invalid rule shows that rule: %s", (entry) => {
  expect(() => parseRules(`open.example.com user; ${entry}`)).toThrow(entry.split(";")[0]);
});

test("two rules for the same place, or for the same method there, are an error", () => {
  expect(() => parseRules("a.example.com/x GET user; a.example.com/X POST,HEAD admin")).toThrow("POST,HEAD admin");
  expect(() => parseRules("a.example.com/x GET user; a.example.com/x POST admin; a.example.com/x user")).not.toThrow();
  expect(() => parseRules("a.example.com/x user; A.example.com/x/ admin")).toThrow("A.example.com/x/ admin");
});

test("a rule with level=2 admits a session of two factors, and asks one of a single factor for the second", () => {
  const rules = parseRules(
    "pay.example.com user level=2; pay.example.com/help user; pay.example.com/api GET,POST admin level=2",
  );
  const at = (uri: string, groups: Group[], level?: 1 | 2) =>
    judge(rules, { host: "pay.example.com", uri, method: "GET" }, groups, level);

  expect(at("/", USER, 2)).toEqual({ isAllowed: true });
  expect(at("/", USER, 1)).toEqual({ isAllowed: false, needed: ["user"], needsSecondFactor: true });
  expect(at("/", USER)).toMatchObject({ isAllowed: false });
  expect(at("/help", USER, 1)).toEqual({ isAllowed: true });
  // Another reading of the path is under the rule that demands it.
  expect(at("/help/..%2fwages", USER, 1)).toMatchObject({ isAllowed: false, needsSecondFactor: true });
  // A second factor does not help those who may not anyway.
  expect(at("/api", USER, 1)).toEqual({ isAllowed: false, needed: ["admin"] });
  expect(at("/api", ADMIN, 1)).toMatchObject({ needsSecondFactor: true });
});

test.each([
  "a.example.com public level=2",
  "a.example.com level=2",
  "a.example.com user level=3",
  "a.example.com level=2 user",
])("%s is refused as a rule", (text) => {
  expect(() => parseRules(text)).toThrow(/has an entry/);
});
