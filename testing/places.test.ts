import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { ADMINISTRATION, PAGES, PLACES } from "@/app/(account)/places";

/** Pages that the commands do not lead to, and why. */
const ELSEWHERE: Record<string, string> = {
  "/confirm": "An action leads there and back again.",
  "/sessions/end-all": "It asks what a dialog asks, without JavaScript.",
  "/admin/sessions/end": "The same.",
};

/** The addresses of the pages in a folder of `app`, except those about one thing of many. */
function pagesIn(folder: string): string[] {
  const files = readdirSync(`app/${folder}`, { recursive: true, encoding: "utf8" });
  const pages = files.filter((file) => /(^|\/)page\.tsx$/.test(file) && !file.includes("["));
  return pages.map((file) => `/${folder}/${file}`.replace(/\/\([^/]*\)|\/page\.tsx$/g, "").replace(/^\/+/, "/"));
}

test.each(["(account)", "admin"])(
  "every page in app/%s can be found by its name, or it is written here why not",
  (folder) => {
    const listed = [...PLACES, ...ADMINISTRATION].map(([path]) => path.replace(/#.*/, ""));
    const pages = pagesIn(folder);

    expect(pages.length).toBeGreaterThan(3);
    expect(pages.filter((page) => !listed.includes(page) && !(page in ELSEWHERE))).toEqual([]);
  },
);

test("every place that is listed is a page", () => {
  const pages = [...pagesIn("(account)"), ...pagesIn("admin")];
  for (const [path] of [...PAGES, ...PLACES, ...ADMINISTRATION]) expect(pages).toContain(path.replace(/#.*/, ""));
});
