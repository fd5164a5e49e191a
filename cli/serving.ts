// The commands that serve, compiled into one file (server/compile.ts). So no transpiler stays in their process.

export { main as dev } from "./commands/dev";
export { main as serve } from "./commands/serve";
export { main as start } from "./commands/start";
