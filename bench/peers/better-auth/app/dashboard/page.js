import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { auth } from "../../lib/auth";
import { Markup } from "./markup";

/** Checks the session in the page, as better-auth recommends. */
export default async function Dashboard() {
  const found = await auth.api.getSession({ headers: await headers() });
  if (!found) redirect("/login");
  return <Markup user={found.user} />;
}
