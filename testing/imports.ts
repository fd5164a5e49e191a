import { readdirSync, readFileSync } from "node:fs";
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

/** The names of the modules that a file imports, as the file writes them. */
export function importsOf(file: string): string[] {
  const source = readFileSync(file, "utf8");
  const { staticImports, staticExports, dynamicImports } = parseSync(file, source).module;
  return [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? [])),
    // An import whose name is an expression loads a file of its own room.
    ...dynamicImports.flatMap(
      ({ moduleRequest }) => /^"(.*)"$/.exec(source.slice(moduleRequest.start, moduleRequest.end))?.[1] ?? [],
    ),
  ];
}
