// The arguments of the commands that do not belong to the command line in cli/admin, which describes
// its own. Uses only Node.js's built-in modules, so that help needs neither packages nor a build.

/** The commands of cli/admin that also have a script of their own: `npm run doctor` is `npm run latchkey -- doctor`. */
export const SHORT = ["doctor", "policy", "sweep"];

/**
 * The command and its arguments, with the short commands in full.
 * @param {string[]} given
 */
export function inFull(given) {
  return SHORT.includes(given[0] ?? "") ? ["latchkey", ...given] : given;
}

const none = () => false;
/** @param {string} arg */
const isOption = (arg) => arg.startsWith("-");

/**
 * How to run each command, what it does, and which arguments it accepts. Names are checked by the command itself.
 * @type {Record<string, { run: string[], does: string, accepts: (arg: string, at: number) => boolean }>}
 */
const USAGE = {
  start: {
    run: ["npm start"],
    does: "Build if a source has changed, and serve the build until Ctrl-C.",
    accepts: none,
  },
  dev: { run: ["npm run dev"], does: "Serve the sources until Ctrl-C.", accepts: none },
  build: { run: ["npm run build"], does: "Build the application, unless the build is up to date.", accepts: none },
  standalone: {
    run: ["npm run build:standalone"],
    does: "Write dist, a folder that runs without the sources.",
    accepts: none,
  },
  serve: { run: ["npm run serve"], does: "Serve the build, with the database in DATABASE_URL.", accepts: none },
  compile: { run: ["node cli/main.mjs compile"], does: "Compile the server.", accepts: none },
  migrate: {
    run: ["npm run db:migrate", "npm run db:status", "npm run db:new NAME"],
    does: "Apply missing migrations, list all, or write one from the change in prisma/schema.prisma.",
    accepts: (arg) => !isOption(arg),
  },
  test: {
    run: ["npm test", "npm run check", ...["unit", "e2e", "failover"].map((part) => `npm run test:${part} [FILE …]`)],
    does: "Run all checks and tests, or one part. FILE is a part of a test file's name.",
    // Vitest and Playwright check the options of a part.
    accepts: (arg, at) => at > 0 || !isOption(arg),
  },
  bench: {
    run: ["npm run bench [CASE …]", "npm run bench -- --quick [CASE …]"],
    does: "Measure Latchkey, and write tables and charts. With CASE, only print the results of these cases.",
    accepts: (arg) => !isOption(arg) || arg === "--quick",
  },
};

/**
 * Prints the help of a command, or refuses arguments that it does not take. Returns the exit status,
 * or null when the command has to run: its arguments may still be wrong.
 * @param {string} name
 * @param {string[]} args
 */
export function answerUsage(name, args) {
  const usage = USAGE[name];
  if (!usage) return null;
  const { run, does, accepts } = usage;
  if (args.includes("--help") || args.includes("-h")) {
    console.log(`Usage: ${run.join("\n       ")}\n\n${does}`);
    return 0;
  }
  const wrong = args.find((arg, at) => !accepts(arg, at));
  if (wrong === undefined) return null;
  console.error(`The command ${name} does not take the argument ${wrong}. For usage, add --help.`);
  return 2;
}
