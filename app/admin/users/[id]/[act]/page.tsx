import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Card } from "@/app/ui/card";
import { ButtonLink } from "@/app/ui/link/button-link";
import { requireRole } from "@/lib/session/current";
import { findListedUser, isUserId } from "@/lib/users/directory";
import { AdminPage } from "../../../admin-page";
import { ACTS, isAct } from "../acts";
import { AdministerForm } from "../administer-form";

export const metadata: Metadata = { title: "Act on an account" };

/** Asks for confirmation without JavaScript. With JavaScript, a dialog does. */
export default async function ActPage({ params }: PageProps<"/admin/users/[id]/[act]">) {
  const found = await requireRole("admin");
  const { id, act } = await params;
  const user = isUserId(id) && isAct(act) ? await findListedUser(id) : null;
  if (!user || !isAct(act)) notFound();

  return (
    <AdminPage found={found} title={ACTS[act].title(user.email)}>
      <div className="max-w-lg">
        <Card title="Are you sure?">
          <AdministerForm userId={id} act={act}>
            <ButtonLink href={`/admin/users/${id}`} kind="secondary">
              Back
            </ButtonLink>
          </AdministerForm>
        </Card>
      </div>
    </AdminPage>
  );
}
