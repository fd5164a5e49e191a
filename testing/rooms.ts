import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { importsOf, sourcesOf } from "./imports";

/** The folders with our sources. Each folder in `lib` is a room of its own, and so is the embedded Postgres in `cli`. */
const FOLDERS = ["app", "server", "cli", "prisma", "testing", "e2e", "bench", "lib"];
const UNITS = readdirSync("lib", { withFileTypes: true }).flatMap((one) =>
  one.isDirectory() ? `lib/${one.name}` : [],
);
const ROOMS = [...UNITS, "cli/postgres", "middleware.ts", ...FOLDERS];

/** The rooms that each room imports from. */
type Imports = Map<string, Set<string>>;

/** A Mermaid flowchart of the rooms: an arrow leads from a room to one that it imports from. */
export function pictureOfRooms(): string {
  const imports = importsOfRooms();
  const byHeight = [...imports.keys()].sort((a, b) => height(b, imports) - height(a, imports) || (a < b ? -1 : 1));
  const isInLib = (room: string) => /^lib\b/.test(room);
  const node = (room: string) => `${idOf(room)}["${room === "lib" ? "files of lib itself" : room}"]`;

  return [
    "```mermaid",
    "flowchart TD",
    ...byHeight.filter((room) => !isInLib(room)).map((room) => `  ${node(room)}`),
    "  subgraph lib",
    ...byHeight.filter(isInLib).map((room) => `    ${node(room)}`),
    "  end",
    ...byHeight.flatMap((room) => arrowsFrom(room, imports)),
    "```",
  ].join("\n");
}

/** Which room imports from which. Generated code (`prisma/client`) and files at the root are in no room. */
function importsOfRooms(): Imports {
  const imports: Imports = new Map(ROOMS.map((room) => [room, new Set<string>()]));
  for (const file of sourcesOf(FOLDERS)) {
    const from = roomOf(file);
    const ours = importsOf(file).filter((name) => /^(\.|@\/)/.test(name));
    for (const name of ours) {
      const to = roomOf(name.startsWith("@/") ? name.slice(2) : join(dirname(file), name));
      if (from && to && from !== to) imports.get(from)?.add(to);
    }
  }
  return imports;
}

function roomOf(path: string): string | undefined {
  if (path.startsWith("prisma/client/")) return undefined;
  return ROOMS.find((room) => path === room || `${path}.ts` === room || path.startsWith(`${room}/`));
}

/** The length of the longest path of imports from a room. Throws if rooms import each other in a circle. */
function height(room: string, imports: Imports, above: string[] = []): number {
  if (above.includes(room)) throw new Error(`Rooms in a circle: ${[...above, room].join(" → ")}`);
  return Math.max(0, ...belowOf(room, imports).map((below) => 1 + height(below, imports, [...above, room])));
}

/** Arrows to imported rooms, except those that other arrows lead to as well: fewer arrows are easier to read. */
function arrowsFrom(room: string, imports: Imports): string[] {
  const below = belowOf(room, imports);
  const direct = below.filter((to) => !below.some((other) => other !== to && leadsTo(other, to, imports)));
  return direct.sort().map((to) => `  ${idOf(room)} --> ${idOf(to)}`);
}

function leadsTo(from: string, to: string, imports: Imports): boolean {
  return belowOf(from, imports).some((below) => below === to || leadsTo(below, to, imports));
}

function belowOf(room: string, imports: Imports): string[] {
  return [...(imports.get(room) ?? [])];
}

/** The id of a room in the flowchart. The subgraph has the id `lib`, so the room of the files in `lib` has another one. */
function idOf(room: string): string {
  return room === "lib" ? "lib-itself" : room.replaceAll("/", "-");
}
