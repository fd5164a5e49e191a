import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { ActivityList } from "@/app/(account)/activity/activity-list";
import { Card, Facts } from "@/app/ui/card";
import { Notice } from "@/app/ui/form/notice";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { Moment } from "@/app/ui/time/moment";
import { listFullActivity } from "@/lib/ledger/activity";
import { requestContext } from "@/lib/request-context";
import { requireRole } from "@/lib/session/current";
import { sessionStore } from "@/lib/session/store";
import { findListedUser, isUserId } from "@/lib/users/directory";
import { words } from "@/lib/words";
import { AdminPage } from "../../admin-page";
import { SessionLines } from "../../session-lines";
import { EndSessions } from "../../sessions/end-sessions";
import type { Act } from "./acts";
import { Administer } from "./administer";

export const metadata: Metadata = { title: "User" };

/** The number of latest ledger entries to show. */
const RECENT = 10;

export default async function UserPage({ params }: PageProps<"/admin/users/[id]">) {
  const found = await requireRole("admin");
  const { id } = await params;
  const user = isUserId(id) ? await findListedUser(id) : null;
  if (!user) notFound();

  const [{ sessions }, { entries }] = await Promise.all([
    sessionStore().search({ userId: id }, null, 1000),
    listFullActivity(id, { kind: null, before: null }, words(), RECENT),
  ]);
  const isCreated = requestContext().justDone === "created";
  const { role, disabledAt, createdAt, lastSeenAt } = user;
  const acts: Act[] = ["send-reset", role === "admin" ? "demote" : "promote", disabledAt ? "enable" : "disable"];

  return (
    <AdminPage found={found} title={<Isolated>{user.name}</Isolated>}>
      {isCreated && (
        <div className="mb-5">
          <Notice kind="done">The account is made. A mail with a link to choose a password is on its way.</Notice>
        </div>
      )}
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <div className="grid gap-5">
          <Card title="Account">
            <Facts
              facts={{
                Email: <Isolated>{user.email}</Isolated>,
                Role: role === "admin" ? "Administrator" : "User",
                State: disabledAt ? <Since what="Disabled since" at={disabledAt} /> : "Active",
                Created: <Moment at={createdAt} />,
                "Last seen": lastSeenAt ? <Moment at={lastSeenAt} /> : "Not signed in anywhere",
                Id: <code className="text-xs">{id}</code>,
              }}
            />
          </Card>
          <Card
            title="What happened last"
            aside={
              <TextLink href={`/admin/activity?user=${id}`} className="text-sm font-normal text-muted">
                In the ledger
              </TextLink>
            }
          >
            {entries.length > 0 ? (
              <ActivityList entries={entries} isNarrow />
            ) : (
              <p className="text-sm text-muted">Nothing is recorded.</p>
            )}
          </Card>
        </div>
        <div className="grid gap-5">
          <Card title="Act on this account">
            <div className="flex flex-col gap-3 sm:flex-row sm:flex-wrap">
              {acts.map((act) => (
                <Administer key={act} user={{ id, email: user.email }} act={act} />
              ))}
              {sessions.length > 0 && (
                <EndSessions kind="danger" meant={{ user: id }}>
                  Sign out everywhere
                </EndSessions>
              )}
            </div>
          </Card>
          <Card title={sessions.length === 1 ? "1 live session" : `${sessions.length} live sessions`}>
            <SessionLines sessions={sessions} here={found.session.handle} now={found.now.toISOString()} isOneUsers />
          </Card>
        </div>
      </div>
    </AdminPage>
  );
}

function Since({ what, at }: { what: string; at: Date }) {
  return (
    <span className="text-danger">
      {what} <Moment at={at} />
    </span>
  );
}
