import { Card } from "@/app/ui/card";
import { requireRole } from "@/lib/session/current";
import { words } from "@/lib/words";
import { AdminPage } from "../../admin-page";
import { titled } from "../../titled";
import { NewUserForm } from "./new-user-form";

export const generateMetadata = () => titled("adminPage.newAccount");

export default async function NewUserPage() {
  const found = await requireRole("admin");
  const { t } = words();

  return (
    <AdminPage
      found={found}
      title={t("adminPage.newAccount")}
      crumbs={[{ name: t("adminPage.users"), href: "/admin/users" }, { name: t("adminPage.newAccount") }]}
    >
      <div className="max-w-lg">
        <Card title={t("adminPage.whose")}>
          <NewUserForm />
        </Card>
      </div>
    </AdminPage>
  );
}
