// Another instance, which only looks sessions up: `fork` it, send what to look up, and receive the result.

import { type Asked, lookUp } from "./look-up";

process.on("message", async (asked: Asked) => process.send?.(await lookUp(asked)));
