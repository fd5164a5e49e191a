// The slow work on passwords, which runs in threads (lib/password/hash). Plain JavaScript, because a thread
// starts from this file as it is.

import bcrypt from "bcryptjs";

/** @param {{ prehashed: string, cost: number }} task */
export function hash({ prehashed, cost }) {
  return bcrypt.hash(prehashed, cost);
}

/** @param {{ prehashed: string, hash: string }} task */
export function compare({ prehashed, hash }) {
  return bcrypt.compare(prehashed, hash);
}

/** @param {{ password: string, circumstances: import("./rules.mjs").Circumstances }} task */
export async function judge({ password, circumstances }) {
  // Loaded late, because few threads ever need these dictionaries.
  const { judgePassword } = await import("./rules.mjs");
  return judgePassword(password, circumstances);
}
