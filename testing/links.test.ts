import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const DOCUMENTS = [".", "docs", "docs/decisions", "bench/results"].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(folder, file)),
);

test.each(DOCUMENTS)("every link in %s leads to a file and a heading that exist", (document) => {
  const targets = [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => String(target));
  const isBroken = (target: string) => {
    const [path = "", anchor] = target.split("#");
    const file = path ? join(dirname(document), path) : document;
    return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).has(anchor));
  };
  expect(targets.filter((target) => !/^\w+:/.test(target)).filter(isBroken)).toEqual([]);
});

test("documents have links to headings", () => {
  expect(DOCUMENTS.length).toBeGreaterThan(30);
  expect(DOCUMENTS.filter((document) => /\]\([^)\s]*#/.test(proseOf(document))).length).toBeGreaterThan(3);
});

/** The anchors that GitHub gives to the headings of a document; a repeated heading gets a number. */
function anchorsOf(document: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of proseOf(document).matchAll(/^#+ (.*)$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    let number = 0;
    while (anchors.has(number ? `${anchor}-${number}` : anchor)) number++;
    anchors.add(number ? `${anchor}-${number}` : anchor);
  }
  return anchors;
}

/** A document without its blocks of code, in which "#" begins a comment. */
function proseOf(document: string): string {
  return readFileSync(document, "utf8").replace(/^```.*?^```$/gms, "");
}
