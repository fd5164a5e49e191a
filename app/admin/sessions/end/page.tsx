import { notFound } from "next/navigation";
import { Card } from "@/app/ui/card";
import { ButtonLink } from "@/app/ui/link/button-link";
import { requireRole } from "@/lib/session/current";
import { words } from "@/lib/words";
import { AdminPage } from "../../admin-page";
import { titled } from "../../titled";
import { EndForm } from "../end-form";
import { ask, MEANT, type Meant } from "../meant";

export const generateMetadata = () => titled("adminPage.logOutSessions");

/** Asks for confirmation without JavaScript. With JavaScript, a dialog does. */
export default async function EndSessionsPage({ searchParams }: PageProps<"/admin/sessions/end">) {
  const found = await requireRole("admin");
  const meant = meantOf(await searchParams);
  if (!meant) notFound();
  const question = await ask(meant, found.session.handle);
  const { t } = words();

  return (
    <AdminPage
      found={found}
      title={question.title}
      crumbs={[{ name: t("adminPage.sessions"), href: "/admin/sessions" }, { name: t("adminPage.logOutSessions") }]}
    >
      <div className="max-w-lg">
        <Card title={t("adminPage.sure")}>
          <EndForm question={question}>
            <ButtonLink href={meant.user ? `/admin/users/${meant.user}` : "/admin/sessions"} kind="secondary">
              {t("adminPage.back")}
            </ButtonLink>
          </EndForm>
        </Card>
      </div>
    </AdminPage>
  );
}

/** The selection in a query, or null if the query is invalid. */
function meantOf(query: Record<string, string | string[] | undefined>): Meant | null {
  const read = (name: keyof Meant) => {
    const values = [query[name] ?? ""].flat();
    return values.length === 1 || MEANT[name].isList ? MEANT[name].accept(values.join(" ")) : null;
  };
  const [only, handle, user] = [read("only"), read("handle"), read("user")];
  const [address, before, bound] = [read("address"), read("before"), read("bound")];
  if (only === null || handle === null || user === null) return null;
  if (address === null || before === null || bound === null) return null;
  return { only, handle, user, address, before, bound };
}
