import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const FOLDER = "docs/decisions";

const DECISIONS = readdirSync(FOLDER).filter((file) => /^\d{4}-.*\.md$/.test(file));

/** "accepted", or the decision that amends or supersedes this one, as a link. */
const STATUS = /^(?:accepted|(?:amended|superseded) by \[(?<number>\d{4})\]\((?<link>[^)]+)\))$/;

/** The head of a decision; empty texts where it is not in the form that every decision has. */
function headOf(file: string) {
  const text = readFileSync(`${FOLDER}/${file}`, "utf8");
  const head = /^# (?<number>\d+)\. (?<title>.+)\n\nDate: (?<date>\d{4}-\d\d-\d\d) · Status: (?<status>.+)\n/.exec(
    text,
  );
  const { number = "", title = "", date = "", status = "" } = head?.groups ?? {};
  return { number: number.padStart(4, "0"), title, date, status };
}

test.each(DECISIONS)("%s begins with its number, title, date and status", (file) => {
  const { number, title, date, status } = headOf(file);
  expect(number).toBe(file.slice(0, 4));
  expect(title).not.toBe("");
  expect(date).not.toBe("");
  expect(status).toMatch(STATUS);
});

test("the list of decisions has every decision with its title, date and status, and no other", () => {
  const listed = readFileSync(`${FOLDER}/README.md`, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ["));
  const expected = DECISIONS.sort().map((file) => {
    const { number, title, date, status } = headOf(file);
    return `| [${number}](${file}) | ${title} | ${date} | ${status} |`;
  });
  expect(expected.length).toBeGreaterThan(20);
  expect(listed).toEqual(expected);
});

test("a decision that amends or supersedes another one exists under the number and file name in the status", () => {
  const links = DECISIONS.flatMap((file) => {
    const { number, link } = STATUS.exec(headOf(file).status)?.groups ?? {};
    return number && link ? [{ file, number, link }] : [];
  });
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter(({ number, link }) => !link.startsWith(number) || !existsSync(`${FOLDER}/${link}`))).toEqual([]);
});
