import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";

/** The files through which everything reaches the database. */
const DATABASE = ["lib/db.ts", "lib/connection.ts"];

/**
 * What a test file does if it needs a process of its own: it changes settings, replaces modules or functions, or starts
 * programs.
 */
const ALONE =
  /\bvi\b|process\.env|globalThis|node:child_process|@\/testing\/(captured-log|geo-file|redis|standby|stores|wire)/;

/** Whether a test file can share a process with others, which takes a fraction of the time. */
export function canShare(file: string): boolean {
  return !ALONE.test(readFileSync(file, "utf8"));
}

/** The test files that need no database: none of their imports reaches it, and they can share a process. */
export function filesWithoutDatabase(files: string[]): string[] {
  const imports = new Map<string, string[]>();
  const importsOf = (file: string) => {
    const known = imports.get(file) ?? localImportsOf(file);
    imports.set(file, known);
    return known;
  };
  return files.filter((file) => canShare(file) && !reachesDatabase(file, importsOf));
}

function reachesDatabase(file: string, importsOf: (file: string) => string[]): boolean {
  const reached = new Set([file]);
  // A set also gives the elements that are added while it is read.
  for (const one of reached) for (const imported of importsOf(one)) reached.add(imported);
  return DATABASE.some((one) => reached.has(one));
}

/** The files of this repository whose code a file loads. */
function localImportsOf(file: string): string[] {
  if (!/\.(ts|tsx|mjs)$/.test(file)) return [];
  const source = readFileSync(file, "utf8");
  const { staticImports, staticExports, dynamicImports } = parseSync(file, source).module;
  const names = [
    ...staticImports
      .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
      .map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) => (moduleRequest && !isType ? [moduleRequest.value] : [])),
    ),
    ...dynamicImports.flatMap(
      ({ moduleRequest }) => /^"(.*)"$/.exec(source.slice(moduleRequest.start, moduleRequest.end))?.[1] ?? [],
    ),
  ];
  return names.flatMap((name) => {
    if (!/^(\.|@\/)/.test(name)) return [];
    const path = name.startsWith("@/") ? name.slice(2) : join(dirname(file), name);
    return (
      ["", ".ts", ".tsx", "/index.ts"].map((end) => path + end).find((one) => /\.\w+$/.test(one) && existsSync(one)) ??
      []
    );
  });
}
