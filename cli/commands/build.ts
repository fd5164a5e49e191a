import { build } from "@/server/build";

export async function main(): Promise<void> {
  await build();
}
