import type { Metadata } from "next";
import { currentSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { NothingHere } from "./nothing-here";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("errorPage.notFound") };
}

/** Next.js sends this along with every page. A client component keeps that small: a reference instead of markup. */
export default function NotFound() {
  return <NothingHere />;
}
