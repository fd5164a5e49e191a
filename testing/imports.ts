import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";

/** The source files of some rooms, and `middleware.ts`: no unit tests, no generated code, none of the bench's peers. */
export function sourcesOf(rooms: string[]): string[] {
  const files = rooms.flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: "utf8" }).map((file) => `${room}/${file}`),
  );
  const isSource = (file: string) =>
    /\.(ts|tsx|mjs)$/.test(file) &&
    !/\.test\.ts$|\.d\.ts$|^prisma\/client\/|^lib\/i18n\/compiled\/|^bench\/peers\//.test(file);
  return [...files.filter(isSource), "middleware.ts"];
}

/** The names of the modules that a file imports, as the file writes them; without those of types if `withTypes` is false. */
export function importsOf(file: string, { withTypes = true } = {}): string[] {
  const source = readFileSync(file, "utf8");
  const { staticImports, staticExports, dynamicImports } = parseSync(file, source).module;
  const isLoaded = ({ isType }: { isType: boolean }) => withTypes || !isType;
  return [
    ...staticImports
      .filter(({ entries }) => entries.length === 0 || entries.some(isLoaded))
      .map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) =>
      entries.filter(isLoaded).flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
    // An import whose name is an expression loads a file of its own room.
    ...dynamicImports.flatMap(
      ({ moduleRequest }) => /^"(.*)"$/.exec(source.slice(moduleRequest.start, moduleRequest.end))?.[1] ?? [],
    ),
  ];
}

/** The modules that a file loads, directly and through others: files of the project by their path, packages by name. */
export function loadedBy(file: string, loaded = new Set<string>()): Set<string> {
  for (const name of importsOf(file, { withTypes: false })) {
    const base = name.startsWith("@/") ? name.slice(2) : name.startsWith(".") ? join(dirname(file), name) : null;
    const path = base === null ? name : [base, ...ENDINGS.map((ending) => base + ending)].find(isFile);
    if (path === undefined || loaded.has(path)) continue;
    loaded.add(path);
    if (base !== null && /\.(ts|tsx|mjs)$/.test(path)) loadedBy(path, loaded);
  }
  return loaded;
}

const ENDINGS = [".ts", ".tsx", ".mjs", "/index.ts"];

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
