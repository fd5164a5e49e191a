// What commands print for the person who started them.

/** An error that the person can fix. Commands print only its message, without a stack. */
export class UserError extends Error {
  override name = "UserError";
}

/** The command was given wrong arguments. It exits with 2 instead of 1. */
export class WrongArguments extends UserError {
  readonly exit = 2;
}

/** Runs one step of a command, then prints one line with the time it took. */
export async function step<T>(title: string, work: () => T | Promise<T>, print = console.log): Promise<T> {
  const started = performance.now();
  const result = await work();
  print(`✓ ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return result;
}
