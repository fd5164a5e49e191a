import { redirect } from "next/navigation";
import { getServerSession } from "next-auth";
import { options } from "../../lib/auth";
import { Markup } from "./markup";

export default async function Dashboard() {
  const found = await getServerSession(options);
  if (!found) redirect("/login");
  return <Markup user={found.user} />;
}
