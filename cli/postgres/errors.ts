// Explains errors of the embedded Postgres, so that users can fix them.

import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "@/lib/terminal";

const MB = 1024 * 1024;

/**
 * The error to report when one of Postgres's programs failed on `data`. It names a full
 * disk or a used port; otherwise it has the last lines that the program printed.
 */
export async function failure(title: string, { printed, data }: { printed: string; data: string }): Promise<UserError> {
  // On a full disk the log may be empty, so check the free space, too.
  const saysFull = /No space left on device|Check free disk space/.test(printed);
  if (saysFull || (await freeSpace(dirname(data))) < MB) return noSpace(data);
  if (/could not bind|Address already in use/.test(printed)) {
    return new UserError("Another program took Postgres's port just before it started. Try again.");
  }
  return new UserError([`${title}:`, ...printed.trim().split("\n").slice(-10)].join("\n"));
}

/** Turns an error that the user can fix into a `UserError`. Returns all others unchanged. */
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
      return new UserError(
        `Permission denied: ${path} (${code}). Grant access, or set DATABASE_URL to another Postgres.`,
      );
    }
    case "ENOTDIR":
    case "EEXIST":
      return new UserError(
        `The database cannot be stored in ${folder}: part of this path is a file, not a folder. Move that file.`,
      );
    default:
      return error;
  }
}

/** The code of a system or Postgres error, or "". */
export function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? "");
}

/** For `catch`: returns null if the file is missing. Throws every other error. */
export function nullIfMissing(error: unknown): null {
  if (codeOf(error) === "ENOENT") return null;
  throw error;
}

function noSpace(path: string): UserError {
  return new UserError(`The disk is full. Postgres needs about 100 MB for ${path}. Free some space, then try again.`);
}

async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
