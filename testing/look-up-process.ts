// Another instance, which only looks sessions up: `fork` it, send what to look up, and receive the result, or why there is
// none.

import { type Asked, lookUp } from "./look-up";

process.on("message", async (asked: Asked) => {
  process.send?.(await lookUp(asked).catch((error) => ({ token: asked.token, error: String(error.message) })));
});
