// What can go wrong with the embedded Postgres, said so that a person can mend it.

import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "@/lib/terminal";

const MB = 1024 * 1024;

/**
 * What to say when one of Postgres's programs failed on `data`: the full disk or
 * the taken port by its name, anything else by the last lines the program printed.
 */
export async function failure(title: string, { printed, data }: { printed: string; data: string }): Promise<UserError> {
  // On a full disk the log may be empty, too: then the disk itself is asked.
  const saysFull = /No space left on device|Check free disk space/.test(printed);
  if (saysFull || (await freeSpace(dirname(data))) < MB) return noSpace(data);
  if (/could not bind|Address already in use/.test(printed)) {
    return new UserError("Another program took the port of Postgres in the moment of its start. Start again.");
  }
  return new UserError([`${title}:`, ...printed.trim().split("\n").slice(-10)].join("\n"));
}

/** Makes a `UserError` of an error that a person can mend, and returns every other as it is. */
export function explain(error: unknown, folder: string): unknown {
  const code = codeOf(error);
  switch (code) {
    case "ENOSPC":
    case "53100": // the same, from Postgres
      return noSpace(folder);
    case "EACCES":
    case "EPERM":
    case "EROFS": {
      const { path = folder } = error as NodeJS.ErrnoException;
      return new UserError(`No permission for ${path} (${code}). Grant it, or set DATABASE_URL to another Postgres.`);
    }
    case "ENOTDIR":
    case "EEXIST":
      return new UserError(`The database cannot be kept in ${folder}: there is a file where a folder should be.`);
    default:
      return error;
  }
}

/** The code of a system or Postgres error, or "". */
export function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? "");
}

/** For `catch`: null for a file that is not there. Throws every other error. */
export function nullIfMissing(error: unknown): null {
  if (codeOf(error) === "ENOENT") return null;
  throw error;
}

function noSpace(path: string): UserError {
  return new UserError(`The disk is full. Postgres needs about 100 MB for ${path}: make room and start again.`);
}

async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
