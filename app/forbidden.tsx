import type { Metadata } from "next";
import { contextOfResponse } from "@/lib/request-context";
import { currentSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { AdministratorsOnly } from "./administrators-only";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("errorPage.forbidden") };
}

/** Next.js sends this along with every page. A client component keeps that small: a reference instead of markup. */
export default async function Forbidden() {
  const answer = await currentSession();
  if (answer.state !== "valid") return <AdministratorsOnly person={null} />;

  const { name, email } = answer.user;
  return <AdministratorsOnly person={{ name, email }} lacksBinding={contextOfResponse().lacksBinding} />;
}
