import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { ADMINISTRATION, PAGES, PLACES } from "@/app/(account)/places";

/** Pages that the command palette does not list, and why. */
const ELSEWHERE: Record<string, string> = {
  "/confirm": "An action redirects there and back.",
  "/account/security/totp": "The page /account/security leads there.",
  "/sessions/end-all": "It replaces a dialog for browsers without JavaScript.",
  "/admin/sessions/end": "The same.",
  "/admin/users/disable": "The same.",
};

/** The paths of the pages in a folder of `app`, except those with a parameter. */
function pagesIn(folder: string): string[] {
  const files = readdirSync(`app/${folder}`, { recursive: true, encoding: "utf8" });
  const pages = files.filter((file) => /(^|\/)page\.tsx$/.test(file) && !file.includes("["));
  return pages.map((file) => `/${folder}/${file}`.replace(/\/\([^/]*\)|\/page\.tsx$/g, "").replace(/^\/+/, "/"));
}

test.each(["(account)", "admin"])(
  "every page in app/%s is in app/(account)/places.ts, or this test says why not",
  (folder) => {
    const listed = [...PLACES, ...ADMINISTRATION].map(([path]) => path.replace(/#.*/, ""));
    const pages = pagesIn(folder);

    expect(pages.length).toBeGreaterThan(3);
    expect(pages.filter((page) => !listed.includes(page) && !(page in ELSEWHERE))).toEqual([]);
  },
);

test("every place in app/(account)/places.ts is a page", () => {
  const pages = [...pagesIn("(account)"), ...pagesIn("admin")];
  for (const [path] of [...PAGES, ...PLACES, ...ADMINISTRATION]) expect(pages).toContain(path.replace(/#.*/, ""));
});
