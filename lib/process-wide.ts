/**
 * What there is one of in a process, made by `create` when it is first asked for.
 * Next.js puts a module into more than one bundle, and the server around it is
 * another: each has variables of its own. So what must be one hangs on the process.
 */
export function processWide<T>(name: `latchkey${string}`, create: () => T): T {
  const process = globalThis as unknown as Record<string, T | undefined>;
  process[name] ??= create();
  return process[name];
}
