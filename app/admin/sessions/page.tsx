import { ActivityFiles } from "@/app/(account)/activity/activity-filter";
import { Button } from "@/app/ui/button";
import { Card } from "@/app/ui/card";
import { SelectField, TextField } from "@/app/ui/form/field";
import { ButtonLink } from "@/app/ui/link/button-link";
import { PlacesNote } from "@/app/ui/places-note";
import { COUNTED } from "@/lib/capped-count";
import { ADDRESS_PART, momentIn } from "@/lib/forms/fields";
import { localTime } from "@/lib/forms/local-time";
import { requireRole } from "@/lib/session/current";
import { isBindingOn } from "@/lib/session/dbsc/on";
import { openPages } from "@/lib/session/open-pages";
import { sessionStore } from "@/lib/session/store";
import type { Position, SelectedSession, Selection } from "@/lib/session/store/contract";
import { parsePosition, positionText } from "@/lib/session/store/position";
import { words } from "@/lib/words";
import { AdminPage } from "../admin-page";
import { meantUser, SeveralUsers } from "../meant-user";
import { Paging, parsePlace, parseSize, readPage } from "../paging";
import { allSessionHeads, sessionPlaces } from "../session-heads";
import { SessionTable } from "../session-table";
import { titled } from "../titled";
import { ZoneName } from "../zone-name";
import { EndSessions } from "./end-sessions";
import { BOUND, boundIn } from "./meant";

export const generateMetadata = () => titled("adminPage.allSessions");

export default async function AllSessionsPage({ searchParams }: PageProps<"/admin/sessions">) {
  const found = await requireRole("admin");
  const query = await searchParams;
  const typed = {
    ...{ user: text(query.user), address: text(query.address), before: text(query.before) },
    bound: BOUND.accept(text(query.bound)) ?? "",
  };
  const { user, several, error } = await meantUser(typed.user);
  const { selection, errors } = selectionOf(typed, { userId: user?.id, error });
  const isClear = !errors && !several;
  const place = parsePlace(query.after, parsePosition);
  const [size, first] = [parseSize(query.size), query.sort === "oldest" ? ("oldest" as const) : ("newest" as const)];
  const { handle } = found.session;
  const read = async (after: Position | null, isReversed: boolean) => {
    const { sessions, next } = await sessionStore().search(
      selection,
      after,
      size,
      isReversed ? OPPOSITE[first] : first,
    );
    return { rows: sessions, hasMore: next !== null };
  };
  const [page, total, count] = isClear
    ? await Promise.all([
        readPage({ place, size, read, cursorOf: positionOf }),
        sessionStore().count(selection),
        sessionStore().count({ ...selection, except: handle }),
      ])
    : [{ rows: [], before: 0, previous: null, next: null }, 0, 0];
  const open = await openPages().among(
    page.rows.map(({ handle }) => handle),
    null,
  );
  const { t, rich, timeZone } = words();
  const { address, before } = selection;
  const meant = {
    user: user?.id ?? "",
    address: address ?? "",
    before: before?.toISOString() ?? "",
    bound: typed.bound,
  };
  const counted = { count: Math.min(count, COUNTED), capped: count > COUNTED ? "yes" : "no" };

  return (
    <AdminPage found={found} title={t("adminPage.allSessions")}>
      <div className="grid grid-cols-1 gap-5">
        <Card title={t("adminPage.which")}>
          <search>
            <form action="/admin/sessions" className="grid grid-cols-1 items-start gap-4 sm:grid-cols-3">
              <TextField
                label={t("adminPage.ofUser")}
                name="user"
                autoComplete="off"
                placeholder={t("adminPage.nameOrEmail")}
                defaultValue={user?.email ?? typed.user}
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
                type="datetime-local"
                label={rich("adminPage.signedInBefore", { zone: () => <ZoneName /> })}
                name="before"
                defaultValue={before ? localTime(before, timeZone) : typed.before}
                error={errors?.before}
              />
              {isBindingOn() && (
                <SelectField label={t("adminPage.binding")} name="bound" defaultValue={typed.bound}>
                  <option value="">{t("adminPage.anyBinding")}</option>
                  <option value="yes">{t("adminPage.bound")}</option>
                  <option value="no">{t("adminPage.unbound")}</option>
                </SelectField>
              )}
              <p className="flex gap-3 sm:col-span-3">
                <Button type="submit">{t("adminPage.show")}</Button>
                <ButtonLink kind="secondary" href="/admin/sessions">
                  {t("adminPage.all")}
                </ButtonLink>
              </p>
            </form>
          </search>
        </Card>
        {several && <SeveralUsers {...several} path="/admin/sessions" query={typed} />}
        {isClear && (
          <Card
            title={t("adminPage.otherSessions", counted)}
            aside={<ActivityFiles path="/admin/sessions" kind={null} query={meant} />}
          >
            {count > 0 && (
              <div className="mb-3 flex flex-col gap-3 sm:flex-row sm:items-center">
                <EndSessions kind="danger" meant={meant}>
                  {t("adminPage.signOutAll", counted)}
                </EndSessions>
                <p className="grow text-sm text-muted">
                  {t(
                    Object.values(selection).every((value) => value === undefined)
                      ? "adminPage.everybody"
                      : "adminPage.allListed",
                  )}
                </p>
                <EndSessions id="selected" meant={{ only: "handles" }}>
                  {t("adminPage.signOutSelected")}
                </EndSessions>
              </div>
            )}
            <SessionTable
              name={t("adminPage.allSessions")}
              sessions={page.rows}
              places={sessionPlaces(page.rows)}
              here={handle}
              open={[...open]}
              now={found.now.toISOString()}
              heads={allSessionHeads({ first, kept: { ...typed, size: text(query.size) } })}
            />
            <Paging
              path="/admin/sessions"
              query={{ ...typed, ...(first === "oldest" && { sort: first }) }}
              {...{ place, size, page, total }}
            />
          </Card>
        )}
      </div>
      <PlacesNote />
    </AdminPage>
  );
}

const OPPOSITE = { newest: "oldest", oldest: "newest" } as const;

function positionOf({ since, handle }: SelectedSession): string {
  return positionText({ createdAt: new Date(since), handle });
}

type Typed = { user: string; address: string; before: string; bound: string };

type Owner = { userId: string | undefined; error: string | undefined };

/** The selection that the typed values describe, or their errors. */
function selectionOf(
  { address, before, bound }: Typed,
  { userId, error }: Owner,
): { selection: Selection; errors?: Partial<Typed> } {
  const { say, timeZone } = words();
  const rule = momentIn(timeZone);
  const [range, moment] = [ADDRESS_PART.accept(address), rule.accept(before)];
  const errors = {
    ...(error && { user: error }),
    ...(range === null && { address: say(ADDRESS_PART.message(address)) }),
    ...(moment === null && { before: say(rule.message(before)) }),
  };
  if (Object.keys(errors).length > 0) return { selection: {}, errors };

  return {
    selection: {
      ...(userId && { userId }),
      ...(range && { address: range }),
      ...(moment && { before: new Date(moment) }),
      bound: boundIn(bound),
    },
  };
}

function text(value: string | string[] | undefined): string {
  return typeof value === "string" ? value.trim().slice(0, 254) : "";
}
