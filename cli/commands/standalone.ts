import { step } from "@/lib/terminal";
import { build } from "@/server/build";
import { writeStandalone } from "@/server/standalone";

const FOLDER = "dist";

export async function main(): Promise<void> {
  await build();
  await step(`Folder ${FOLDER} written`, () => writeStandalone({ build: ".next", to: FOLDER }));
}
