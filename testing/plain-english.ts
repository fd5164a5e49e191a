import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type Node, parseSync } from "oxc-parser";

// The constructs that make people read a sentence twice, as far as a pattern can find them (STYLE.md has the rest).

type Rule = { pattern: RegExp; instead: string };
type Prose = { line: number; text: string };

const PERSONS =
  "user|owner|person|people|visitor|administrator|attacker|thief|client|reader|developer|operator|stranger|someone|anyone|everyone|those";

const VERB = "(?:is|are|was|were|has|have|gets?|sees?|must|may|can|cannot|finds?|goes|comes)";

const THE_THING = 'the thing itself: "the value that …"';

const RULES: Rule[] = [
  { pattern: /\bwh(?:o|om|ose)ever\b/i, instead: '"users who …", "anyone who …"' },
  { pattern: /\bwhence\b/i, instead: '"from which", or the place itself' },
  {
    pattern: /\b(?<!\bnot |\bover )so (?:many|long|often|much)\b(?! (?:that|faster|slower|more)\b)/i,
    instead: 'the number\'s own words: "at most 20", "for 15 minutes"',
  },
  { pattern: /\bno more(?=\s*(?:[.,;:!?)]|$))/i, instead: '"no longer" before the verb' },
  {
    pattern: /\b(?:is|are|was|were|be|been|being) told\b(?! apart)/i,
    instead: '"receives", "is notified", or who tells: "the server tells …"',
  },
  {
    pattern: new RegExp(`(?<!\\b(?:${PERSONS})s?), whom?\\b(?! (?:is|are|am) [^.]*\\?)`, "i"),
    instead: '"the user who …"',
  },
  // "Who may log in: everyone" heads a comment; "Who logs out is out" is a sentence, with a second verb.
  { pattern: new RegExp(`(?:^|[.!;] )Whom? \\w+(?=[^.?]*\\b${VERB}\\b)(?![^.]*\\?)`), instead: '"Users who …"' },
  {
    pattern: new RegExp(
      `(?:^|[.!;] )What (?:is|are|was|were|has|had|comes?|goes|stands)\\b(?=[^.?,:]*\\b${VERB}\\b)(?![^.]*\\?)`,
    ),
    instead: THE_THING,
  },
  {
    pattern:
      /\b(?:for|to|from|with|than|against|of|and|but) who(?:m|se)?\b(?= (?:is|are|was|has|had|does|may|can|will|comes?|needs?|logs?|asks?)\b(?![^.]*\?))/i,
    instead: '"for users who …"',
  },
  {
    pattern:
      /(?:[;:,(] |\b(?:of|for|to|with|from|by|than|that) )what (?:is|are|was|were|has|had|comes?|goes|stands|lies)\b(?![^.]*\?)/i,
    instead: THE_THING,
  },
];

/** The constructs in a text that STYLE.md advises against, each with the words to write instead. */
export function faultsOfText(text: string): { found: string; instead: string }[] {
  return RULES.flatMap(({ pattern, instead }) => {
    const [found] = pattern.exec(text) ?? [];
    return found === undefined ? [] : [{ found: found.trim(), instead }];
  });
}

/** Those constructs in all comments, test names and documents of the repository, one line each: `file:line  "words" → instead`. */
export function faultsOfEnglish(): string[] {
  const { stdout } = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" });
  const files = stdout
    .split("\n")
    .filter((file) => !EXEMPT.test(file) && READERS.some(([ending]) => ending.test(file)));
  if (files.length === 0) throw new Error("No files to read: this is no checkout of git.");
  return files.flatMap((file) =>
    proseOf(file).flatMap(({ line, text }) =>
      faultsOfText(text).map(({ found, instead }) => `${file}:${line}  "${found}" → ${instead}`),
    ),
  );
}

/** Migrations are immutable; STYLE.md quotes what it advises against. */
const EXEMPT = /^prisma\/migrations\/|^STYLE\.md$|^testing\/plain-english|^bench\/peers\//;

const READERS: [RegExp, (source: string, file: string) => Prose[]][] = [
  [/\.(?:tsx?|mjs|js)$/, proseOfCode],
  [/\.md$/, proseOfDocument],
  [/\.(?:ya?ml|prisma|sh|conf)$|(?:^|\/)(?:\.env\.example|Dockerfile)$/, proseOfSettings],
];

function proseOf(file: string): Prose[] {
  const [, read] = READERS.find(([ending]) => ending.test(file)) ?? [];
  return read?.(readFileSync(file, "utf8"), file) ?? [];
}

/** Comments and the names of tests. Consecutive `//` lines are joined into one text. */
function proseOfCode(source: string, file: string): Prose[] {
  const { comments, program } = parseSync(file, source);
  const lineOf = (offset: number) => source.slice(0, offset).split("\n").length;
  const found: (Prose & { end: number })[] = [];
  for (const { type, value, start, end } of comments) {
    const last = found.at(-1);
    if (type === "Line" && last && source.slice(last.end, start).trim() === "") {
      last.text += ` ${value.trim()}`;
      last.end = end;
    } else found.push({ line: lineOf(start), text: plain(value.replace(/^\s*\*+ ?/gm, "")), end });
  }
  const tests = /\.(?:test|spec)\.ts$/.test(file) ? namesOfTests(program) : [];
  return [...found, ...tests.map(({ start, name }) => ({ line: lineOf(start), text: name }))].map(({ line, text }) => ({
    line,
    text: plain(text),
  }));
}

function namesOfTests(node: unknown): { start: number; name: string }[] {
  if (Array.isArray(node)) return node.flatMap(namesOfTests);
  if (!node || typeof node !== "object") return [];
  const inner = Object.values(node).flatMap(namesOfTests);
  const { type } = node as Partial<Node>;
  if (type !== "CallExpression") return inner;
  const { callee, arguments: given } = node as Extract<Node, { type: "CallExpression" }>;
  const first = given[0];
  if (!first || !/^(?:test|it|describe)\b/.test(headOf(callee))) return inner;
  if (first.type === "Literal" && typeof first.value === "string") {
    return [{ start: first.start, name: first.value }, ...inner];
  }
  if (first.type !== "TemplateLiteral") return inner;
  return [{ start: first.start, name: first.quasis.map(({ value }) => value.cooked).join("…") }, ...inner];
}

/** The first name in a callee: `test` in `test`, `test.describe` and `test.each([])`. */
function headOf(node: Node): string {
  if (node.type === "Identifier") return node.name;
  if (node.type === "MemberExpression") return headOf(node.object);
  return node.type === "CallExpression" ? headOf(node.callee) : "";
}

/** Paragraphs, list items and cells of tables; no code. */
function proseOfDocument(source: string): Prose[] {
  const found: Prose[] = [];
  let isCode = false;
  let isNew = true;
  for (const [index, line] of source.split("\n").entries()) {
    if (/^\s*(?:```|~~~)/.test(line)) isCode = !isCode;
    const isBlank = isCode || /^\s*$|^\s*(?:```|~~~)/.test(line);
    const last = found.at(-1);
    if (isBlank) isNew = true;
    else if (line.startsWith("|")) {
      found.push(...line.split("|").map((cell) => ({ line: index + 1, text: cell.trim() })));
      isNew = true;
    } else if (isNew || !last || /^\s*(?:[-*>#]|\d+\.)\s?/.test(line)) {
      found.push({ line: index + 1, text: line.replace(/^\s*(?:[-*>]|#+|\d+\.)\s+/, "") });
      isNew = false;
    } else last.text += ` ${line.trim()}`;
  }
  return found.map(({ line, text }) => ({ line, text: plain(text) }));
}

/** Comments after `#` or `//`. Each line is a text of its own. */
function proseOfSettings(source: string): Prose[] {
  return source.split("\n").flatMap((line, index) => {
    const [, text] = /(?:^|\s)(?:#|\/{2,3})\s?(.*)$/.exec(line) ?? [];
    return text === undefined ? [] : [{ line: index + 1, text: plain(text) }];
  });
}

/** The text without quotations and code, which follow other rules. */
function plain(text: string): string {
  return text
    .replace(/`[^`]*`/g, "…")
    .replace(/"[^"]*"|“[^”]*”/g, "…")
    .replace(/\*\*|__/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
