import { start } from "./start";

export async function main(): Promise<void> {
  await start({ dev: true });
}
