import { notFound } from "next/navigation";
import { Card } from "@/app/ui/card";
import { Notice } from "@/app/ui/form/notice";
import { ButtonLink } from "@/app/ui/link/button-link";
import { USER_IDS } from "@/lib/forms/fields";
import { requireRole } from "@/lib/session/current";
import { words } from "@/lib/words";
import { AdminPage } from "../../admin-page";
import { titled } from "../../titled";
import { DisableForm } from "./disable-form";

export const generateMetadata = () => titled("adminPage.disableUsers");

/** Asks for confirmation without JavaScript. With JavaScript, a dialog does. */
export default async function DisableUsersPage({ searchParams }: PageProps<"/admin/users/disable">) {
  const found = await requireRole("admin");
  const query = await searchParams;
  const given = [query.users ?? ""].flat().join(" ");
  const ids = USER_IDS.accept(given)?.split(" ") ?? [];
  if (given && ids.length === 0) notFound();
  const { t, say } = words();
  const back = (
    <ButtonLink href="/admin/users" kind="secondary">
      {t("adminPage.back")}
    </ButtonLink>
  );

  return (
    <AdminPage
      found={found}
      title={ids.length > 0 ? t("admin.askDisable", { count: ids.length }) : t("adminPage.disableUsers")}
      crumbs={[{ name: t("adminPage.users"), href: "/admin/users" }, { name: t("adminPage.disableUsers") }]}
    >
      <div className="max-w-lg">
        {ids.length > 0 ? (
          <Card title={t("adminPage.sure")}>
            <DisableForm userIds={ids}>{back}</DisableForm>
          </Card>
        ) : (
          <div className="grid justify-items-start gap-5">
            <Notice kind="problem">{say(USER_IDS.message(""))}</Notice>
            {back}
          </div>
        )}
      </div>
    </AdminPage>
  );
}
