// What the commands say to the person who started them.

/** Something the person can mend: printed as its message alone, without a stack. */
export class UserError extends Error {
  override name = "UserError";
}

/** Does one step of a command and prints one line with the time it took. */
export async function step<T>(title: string, work: () => T | Promise<T>, print = console.log): Promise<T> {
  const started = performance.now();
  const result = await work();
  print(`✓ ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return result;
}
