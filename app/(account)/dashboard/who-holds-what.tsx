import { Card, Facts } from "@/app/ui/card";
import { cookieAttributes, cookieName } from "@/lib/session/cookie";
import type { ActiveSession } from "@/lib/session/store/contract";
import { words } from "@/lib/words";

/** Shows the idea of the application, with current values: what the browser holds, and what the server holds. */
export function WhoHoldsWhat({ found: { session, user } }: { found: ActiveSession }) {
  const { path, domain, httpOnly, sameSite, secure, maxAge } = {
    maxAge: null,
    domain: null,
    ...cookieAttributes({ ...session, role: user.role }),
  };

  return (
    <div className="grid gap-5 lg:grid-cols-2">
      <Card title="What your browser holds">
        <Facts
          facts={{
            Cookie: <code>{cookieName()}</code>,
            Value: "A sealed id. Neither you nor any script can read it.",
            Attributes: (
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
            Ends: maxAge ? `After ${words().duration(maxAge * 1000)}` : "With the browser",
          }}
        />
      </Card>
      <Card title="What the server holds">
        <Facts
          facts={{
            "Key of the row": "SHA-256 of the id. A copy of the table signs nobody in.",
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
