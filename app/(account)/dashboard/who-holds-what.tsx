import { Card, Facts } from "@/app/ui/card";
import { cookieAttributes, cookieName } from "@/lib/session/cookie";
import type { ActiveSession } from "@/lib/session/store/contract";
import { words } from "@/lib/words";

/** Shows the idea of the application, with current values: what the browser holds, and what the server holds. */
export function WhoHoldsWhat({ found: { session, user } }: { found: ActiveSession }) {
  const { t, duration } = words();
  const { path, domain, httpOnly, sameSite, secure, maxAge } = {
    maxAge: null,
    domain: null,
    ...cookieAttributes({ ...session, role: user.role }),
  };

  return (
    <div className="grid grid-cols-1 gap-5 lg:grid-cols-2">
      <Card title={t("dashboardPage.browserHolds")}>
        <Facts
          facts={{
            [t("dashboardPage.cookie")]: <code>{cookieName()}</code>,
            [t("dashboardPage.value")]: t("dashboardPage.sealedId"),
            [t("dashboardPage.attributes")]: (
              <code>
                {[
                  `Path=${path}`,
                  `SameSite=${sameSite}`,
                  domain && `Domain=${domain}`,
                  httpOnly && "HttpOnly",
                  secure && "Secure",
                ]
                  .filter(Boolean)
                  .join("; ")}
              </code>
            ),
            [t("dashboardPage.ends")]: maxAge
              ? t("dashboardPage.endsAfter", { length: duration(maxAge * 1000) })
              : t("dashboardPage.endsWithBrowser"),
          }}
        />
      </Card>
      <Card title={t("dashboardPage.serverHolds")}>
        <Facts
          facts={{
            [t("dashboardPage.key")]: t("dashboardPage.hashOfId"),
            handle: <code>{session.handle}</code>,
            created_at: <code>{session.createdAt.toISOString()}</code>,
            last_seen_at: <code>{session.lastSeenAt.toISOString()}</code>,
            ip_address: <code>{session.ipAddress ?? "null"}</code>,
          }}
        />
      </Card>
    </div>
  );
}
