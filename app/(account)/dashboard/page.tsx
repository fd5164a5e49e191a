import type { Metadata } from "next";
import { Card, Facts } from "@/app/ui/card";
import { Moment } from "@/app/ui/moment";
import { describeBrowser } from "@/lib/session/browser";
import { requireSession } from "@/lib/session/current";
import { countOtherSessions } from "@/lib/session/store";
import { AccountPage } from "../account-page";
import { AccountNotices } from "./notices";
import { WhoHoldsWhat } from "./who-holds-what";

export const metadata: Metadata = { title: "Dashboard" };

export default async function DashboardPage() {
  const found = await requireSession();
  const { session, user } = found;
  const others = await countOtherSessions(found);

  return (
    <AccountPage found={found} title={`Hello, ${user.name}`}>
      <AccountNotices found={found} />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Card title="You">
          <Facts
            facts={{
              Name: user.name,
              Email: user.email,
              Role: user.role === "admin" ? "Administrator" : "User",
              "Other browsers": others === 0 ? "None: you are signed in only here" : `${others} signed in as you`,
            }}
          />
        </Card>
        <Card title="This session">
          <Facts
            facts={{
              Browser: describeBrowser(session.userAgent),
              Address: session.ipAddress ?? "Unknown",
              "Logged in": <Moment at={session.createdAt} />,
              "Last seen": <Moment at={session.lastSeenAt} />,
              "Ends if unused": <Moment at={session.idleAt} />,
              "Ends at the latest": <Moment at={session.totalAt} />,
            }}
          />
        </Card>
        <WhoHoldsWhat found={found} />
      </div>
    </AccountPage>
  );
}
