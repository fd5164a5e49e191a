import { notFound } from "next/navigation";
import { ActivityDays } from "@/app/(account)/activity/activity-days";
import { SessionTimeline } from "@/app/(account)/sessions/timeline/session-timeline";
import { Card, Facts } from "@/app/ui/card";
import { Notice } from "@/app/ui/form/notice";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { PlacesNote } from "@/app/ui/places-note";
import { Moment } from "@/app/ui/time/moment";
import { factorsOf, hasSecondFactor } from "@/lib/auth/second-factor/factors";
import { lastLogIn, listFullActivity } from "@/lib/ledger/activity";
import { groupByDay } from "@/lib/ledger/grouping";
import { requestContext } from "@/lib/request-context";
import { requireRole } from "@/lib/session/current";
import { openPages } from "@/lib/session/open-pages";
import { sessionStore } from "@/lib/session/store";
import { findTimeline } from "@/lib/session/timeline";
import { findListedUser, isUserId } from "@/lib/users/directory";
import { words } from "@/lib/words";
import { AdminPage } from "../../admin-page";
import { sessionHeads, sessionPlaces } from "../../session-heads";
import { SessionTable } from "../../session-table";
import { EndSessions } from "../../sessions/end-sessions";
import { titled } from "../../titled";
import type { Act } from "./acts";
import { Administer } from "./administer";
import { RememberPerson } from "./remember-person";

export const generateMetadata = () => titled("adminPage.user");

/** The number of latest ledger entries to show. */
const RECENT = 10;

export default async function UserPage({ params }: PageProps<"/admin/users/[id]">) {
  const found = await requireRole("admin");
  const { id } = await params;
  const user = isUserId(id) ? await findListedUser(id) : null;
  if (!user) notFound();

  const { t, rich, timeZone } = words();
  const hasFactor = hasSecondFactor(await factorsOf(id));
  const [{ sessions }, { entries }, timeline] = await Promise.all([
    sessionStore().search({ userId: id }, null, 1000),
    listFullActivity(id, { kind: null, before: null }, words(), RECENT),
    findTimeline(user, { timeZone, now: found.now }),
  ]);
  const open = await openPages().among(
    sessions.map(({ handle }) => handle),
    null,
  );
  const isCreated = requestContext().justDone === "created";
  const { role, disabledAt, createdAt, lastSeenAt } = user;
  const lastLogInAt = lastSeenAt ? null : await lastLogIn(id);
  const acts: Act[] = [
    "send-reset",
    ...(hasFactor ? (["reset-second-factor"] as const) : []),
    role === "admin" ? "demote" : "promote",
    disabledAt ? "enable" : "disable",
  ];

  return (
    <AdminPage
      found={found}
      title={<Isolated>{user.name}</Isolated>}
      crumbs={[{ name: t("adminPage.users"), href: "/admin/users" }, { name: <Isolated>{user.name}</Isolated> }]}
    >
      <RememberPerson id={id} />
      {isCreated && (
        <div className="mb-5">
          <Notice kind="done">{t("adminPage.created")}</Notice>
        </div>
      )}
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-2">
        <Card title={t("adminPage.account")}>
          <Facts
            facts={{
              [t("adminPage.email")]: <Isolated>{user.email}</Isolated>,
              [t("adminPage.role")]: t(role === "admin" ? "adminPage.administrator" : "adminPage.user"),
              [t("adminPage.state")]: disabledAt ? (
                <span className="text-danger">
                  {rich("adminPage.disabledSince", { time: () => <Moment at={disabledAt} /> })}
                </span>
              ) : (
                t("adminPage.active")
              ),
              [t("adminPage.createdAt")]: <Moment at={createdAt} />,
              [t("adminPage.lastSeen")]: lastSeenAt ? (
                <Moment at={lastSeenAt} />
              ) : lastLogInAt ? (
                rich("adminPage.lastLogIn", { time: () => <Moment at={lastLogInAt} /> })
              ) : (
                t("adminPage.nowhere")
              ),
              [t("adminPage.id")]: <code className="text-xs">{id}</code>,
            }}
          />
        </Card>
        <Card title={t("adminPage.actOn")}>
          <div className="flex flex-col gap-3 sm:flex-row sm:flex-wrap">
            {acts.map((act) => (
              <Administer key={act} user={{ id, email: user.email }} act={act} />
            ))}
            {sessions.length > 0 && (
              <EndSessions kind="danger" meant={{ user: id }}>
                {t("adminPage.signOutEverywhere")}
              </EndSessions>
            )}
          </div>
        </Card>
        <div className="grid grid-cols-1 gap-5 lg:col-span-2">
          <Card title={t("adminPage.liveCount", { count: sessions.length })}>
            {sessions.some(({ handle }) => handle !== found.session.handle) && (
              <div className="mb-3">
                <EndSessions id="selected" meant={{ only: "handles" }}>
                  {t("adminPage.signOutSelected")}
                </EndSessions>
              </div>
            )}
            <SessionTable
              name={t("adminPage.liveSessions")}
              sessions={sessions}
              places={sessionPlaces(sessions)}
              here={found.session.handle}
              open={[...open]}
              now={found.now.toISOString()}
              heads={sessionHeads()}
            />
          </Card>
          <Card title={t(timeZone ? "timeline.name" : "timeline.nameInUtc")}>
            <SessionTimeline timeline={timeline} here={found.session.handle} />
          </Card>
          <Card
            title={t("adminPage.whatHappenedLast")}
            aside={
              <TextLink href={`/admin/activity?user=${id}`} className="text-sm font-normal text-muted">
                {t("adminPage.inTheLedger")}
              </TextLink>
            }
          >
            {entries.length > 0 ? (
              <ActivityDays days={groupByDay(entries, found.now, words())} />
            ) : (
              <p className="text-sm text-muted">{t("adminPage.nothingRecorded")}</p>
            )}
          </Card>
        </div>
      </div>
      <PlacesNote />
    </AdminPage>
  );
}
