/**
 * Returns a value that exists once per process; `create` makes it at the first call. Next.js puts a
 * module into several bundles, and the server around it is another one. Each has its own copy of a
 * module's variables, so such values are kept on `globalThis`.
 */
export function processWide<T>(name: `latchkey${string}`, create: () => T): T {
  const process = globalThis as unknown as Record<string, T | undefined>;
  process[name] ??= create();
  return process[name];
}
