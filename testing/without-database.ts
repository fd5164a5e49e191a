import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";

/** The files through which everything reaches the database. */
const DATABASE = ["lib/db.ts", "lib/connection.ts"];

/**
 * The test files that need neither a database nor a process of their own: none of their imports reaches the database, and
 * they change nothing that other files see. One process runs them all, which takes a fraction of the time.
 */
export function filesWithoutDatabase(files: string[]): string[] {
  const imports = new Map<string, string[]>();
  const importsOf = (file: string) => {
    const known = imports.get(file) ?? localImportsOf(file);
    imports.set(file, known);
    return known;
  };
  return files.filter((file) => {
    const source = readFileSync(file, "utf8");
    return !/\bvi\b|process\.env|DATABASE_URL|node:child_process/.test(source) && !reachesDatabase(file, importsOf);
  });
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
