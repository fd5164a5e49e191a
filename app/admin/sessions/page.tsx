import { Button } from "@/app/ui/button";
import { Card } from "@/app/ui/card";
import { EmailField, TextField } from "@/app/ui/form/field";
import { ButtonLink } from "@/app/ui/link/button-link";
import { COUNTED } from "@/lib/capped-count";
import { MOMENT, RANGE, USER_ID } from "@/lib/forms/fields";
import { requireRole } from "@/lib/session/current";
import { sessionStore } from "@/lib/session/store";
import type { Selection } from "@/lib/session/store/contract";
import { parsePosition } from "@/lib/session/store/position";
import { findListedUser } from "@/lib/users/directory";
import { words } from "@/lib/words";
import { AdminPage } from "../admin-page";
import { Paging, parsePlace, parseSize } from "../paging";
import { allSessionHeads } from "../session-heads";
import { SessionTable } from "../session-table";
import { titled } from "../titled";
import { EndSessions } from "./end-sessions";

export const generateMetadata = () => titled("adminPage.allSessions");

export default async function AllSessionsPage({ searchParams }: PageProps<"/admin/sessions">) {
  const found = await requireRole("admin");
  const query = await searchParams;
  const typed = { user: text(query.user), address: text(query.address), before: text(query.before) };
  const { selection, errors } = await selectionOf(typed);
  const place = parsePlace(query.after, parsePosition);
  const [size, first] = [parseSize(query.size), query.sort === "oldest" ? ("oldest" as const) : ("newest" as const)];
  const { handle } = found.session;
  const [{ sessions, next }, total, count] = errors
    ? [{ sessions: [], next: null }, 0, 0]
    : await Promise.all([
        sessionStore().search(selection, place.after, size, first),
        sessionStore().count(selection),
        sessionStore().count({ ...selection, except: handle }),
      ]);
  const { t } = words();
  const counted = { count: Math.min(count, COUNTED), capped: count > COUNTED ? "yes" : "no" };

  return (
    <AdminPage found={found} title={t("adminPage.allSessions")}>
      <div className="grid grid-cols-1 gap-5">
        <Card title={t("adminPage.which")}>
          <search>
            <form action="/admin/sessions" className="grid items-start gap-4 sm:grid-cols-3">
              <EmailField
                label={t("adminPage.ofUser")}
                name="user"
                autoComplete="off"
                placeholder="name@example.com"
                required={false}
                defaultValue={typed.user}
                error={errors?.user}
              />
              <TextField
                label={t("adminPage.fromAddress")}
                name="address"
                autoComplete="off"
                placeholder="192.0.2.0/24"
                defaultValue={typed.address}
                error={errors?.address}
              />
              <TextField
                label={t("adminPage.signedInBefore")}
                name="before"
                autoComplete="off"
                placeholder="2026-01-31 18:00"
                defaultValue={typed.before}
                error={errors?.before}
              />
              <p className="flex gap-3 sm:col-span-3">
                <Button type="submit">{t("adminPage.show")}</Button>
                <ButtonLink kind="secondary" href="/admin/sessions">
                  {t("adminPage.all")}
                </ButtonLink>
              </p>
            </form>
          </search>
        </Card>
        {!errors && (
          <Card title={t("adminPage.otherSessions", counted)}>
            {count > 0 && (
              <div className="mb-3 flex flex-col gap-3 sm:flex-row sm:items-center">
                <EndSessions
                  kind="danger"
                  meant={{ user: selection.userId ?? "", address: typed.address, before: typed.before }}
                >
                  {t("adminPage.signOutAll", counted)}
                </EndSessions>
                <p className="text-sm text-muted">
                  {t(Object.keys(selection).length === 0 ? "adminPage.everybody" : "adminPage.allListed")}
                </p>
              </div>
            )}
            <SessionTable
              name={t("adminPage.allSessions")}
              sessions={sessions}
              here={handle}
              now={found.now.toISOString()}
              heads={allSessionHeads({ first, query: { ...typed, size: text(query.size) } })}
            />
            <Paging
              path="/admin/sessions"
              query={{ ...typed, ...(first === "oldest" && { sort: first }) }}
              {...{ place, size, next }}
              shown={sessions.length}
              total={total}
            />
          </Card>
        )}
      </div>
    </AdminPage>
  );
}

type Typed = { user: string; address: string; before: string };

/** The selection that the typed values describe, or their errors. */
async function selectionOf({
  user,
  address,
  before,
}: Typed): Promise<{ selection: Selection; errors?: Partial<Typed> }> {
  const owner = user ? await findListedUser(user) : null;
  const [range, moment] = [RANGE.accept(address), MOMENT.accept(before)];
  const { say } = words();
  const errors = {
    ...(user && !owner && { user: say(USER_ID.message(user)) }),
    ...(range === null && { address: say(RANGE.message(address)) }),
    ...(moment === null && { before: say(MOMENT.message(before)) }),
  };
  if (Object.keys(errors).length > 0) return { selection: {}, errors };

  return {
    selection: {
      ...(owner && { userId: owner.id }),
      ...(range && { address: range }),
      ...(moment && { before: new Date(moment) }),
    },
  };
}

function text(value: string | string[] | undefined): string {
  return typeof value === "string" ? value.trim().slice(0, 254) : "";
}
