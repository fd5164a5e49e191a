import { notFound } from "next/navigation";
import { Card } from "@/app/ui/card";
import { Isolated } from "@/app/ui/isolated";
import { ButtonLink } from "@/app/ui/link/button-link";
import { requireRole } from "@/lib/session/current";
import { findListedUser, isUserId } from "@/lib/users/directory";
import { words } from "@/lib/words";
import { AdminPage } from "../../../admin-page";
import { titled } from "../../../titled";
import { isAct } from "../acts";
import { AdministerForm } from "../administer-form";

export const generateMetadata = () => titled("adminPage.act");

/** Asks for confirmation without JavaScript. With JavaScript, a dialog does. */
export default async function ActPage({ params }: PageProps<"/admin/users/[id]/[act]">) {
  const found = await requireRole("admin");
  const { id, act } = await params;
  const user = isUserId(id) && isAct(act) ? await findListedUser(id) : null;
  if (!user || !isAct(act)) notFound();
  const { t } = words();

  return (
    <AdminPage
      found={found}
      title={t(`admin.ask-${act}`, { email: user.email })}
      crumbs={[
        { name: t("adminPage.users"), href: "/admin/users" },
        { name: <Isolated>{user.name}</Isolated>, href: `/admin/users/${id}` },
        { name: t(`admin.act-${act}`) },
      ]}
    >
      <div className="max-w-lg">
        <Card title={t("adminPage.sure")}>
          <AdministerForm userId={id} act={act}>
            <ButtonLink href={`/admin/users/${id}`} kind="secondary">
              {t("adminPage.back")}
            </ButtonLink>
          </AdministerForm>
        </Card>
      </div>
    </AdminPage>
  );
}
