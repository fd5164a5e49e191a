/**
 * A value that a process has only once, made by `create` at the first call. Next.js
 * puts a module into several bundles, and the server around it is another: each has its
 * own copy of a module's variables. So such a value is kept on `globalThis`.
 */
export function processWide<T>(name: `latchkey${string}`, create: () => T): T {
  const process = globalThis as unknown as Record<string, T | undefined>;
  process[name] ??= create();
  return process[name];
}
