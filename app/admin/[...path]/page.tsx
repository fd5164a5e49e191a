import { notFound } from "next/navigation";
import { requireRole } from "@/lib/session/current";

/** Every unknown path below /admin. Users who are not administrators get the same 403 as for existing paths. */
export default async function NoSuchPage() {
  await requireRole("admin");
  notFound();
}
