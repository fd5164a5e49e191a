import { stripVTControlCharacters } from "node:util";

/** As many lines of a message as say what was expected and what came. */
const LINES = 12;

type Report = {
  /** Vitest's files. */
  testResults?: {
    name: string;
    message?: string;
    assertionResults: { fullName: string; status: string; failureMessages?: string[] | null }[];
  }[];
  /** Playwright's files, and errors outside all tests. */
  suites?: Suite[];
  errors?: { message?: string }[];
};

type Suite = {
  title: string;
  suites?: Suite[];
  specs?: {
    title: string;
    file: string;
    line: number;
    tests: { status: string; results: { errors?: { message?: string }[] }[] }[];
  }[];
};

/**
 * The tests that failed in a report of Vitest or Playwright: for each its file, its name and the first lines of its
 * message. An error outside all tests counts as one.
 */
export function failedTests({ testResults = [], suites = [], errors = [] }: Report): string[] {
  return [
    ...testResults.flatMap(({ name, message, assertionResults }) => [
      ...assertionResults
        .filter(({ status }) => status === "failed")
        .map(({ fullName, failureMessages }) => entry(`${name} > ${fullName}`, failureMessages?.[0])),
      ...(message ? [entry(name, message)] : []),
    ]),
    ...suites.flatMap((suite) => failedInSuite(suite, [])),
    ...errors.map(({ message }) => entry("outside all tests", message)),
  ];
}

function failedInSuite({ title, suites = [], specs = [] }: Suite, above: string[]): string[] {
  const titles = [...above, title];
  return [
    ...suites.flatMap((suite) => failedInSuite(suite, titles)),
    ...specs.flatMap((spec) => {
      const path = [`${spec.file}:${spec.line}`, ...titles.slice(1), spec.title].join(" > ");
      return spec.tests
        .filter(({ status }) => status === "unexpected" || status === "flaky")
        .map(({ results }) => entry(path, results.flatMap(({ errors = [] }) => errors)[0]?.message));
    }),
  ];
}

function entry(name: string, message = "no message"): string {
  const lines = stripVTControlCharacters(message).trim().split("\n").slice(0, LINES);
  return [`✗ ${name}`, ...lines.map((line) => `    ${line}`)].join("\n");
}
