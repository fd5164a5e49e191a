import type { Metadata } from "next";
import { Card, Facts } from "@/app/ui/card";
import { cookieAttributes, cookieName } from "@/lib/session/cookie";
import { purposesOf } from "@/lib/session/cookie-purposes";
import { currentSession, requireSession, sentCookies } from "@/lib/session/current";
import { words } from "@/lib/words";
import { AccountPage } from "../../account-page";
import { Demonstration } from "./demonstration";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("howItWorks.title") };
}

/** The idea of the application, with the values of this session: what the browser holds, and what the server holds. */
export default async function HowItWorksPage() {
  const found = await requireSession();
  const { session, user } = found;
  const { t, duration } = words();
  const { path, domain, httpOnly, sameSite, secure, maxAge } = {
    maxAge: null,
    domain: null,
    ...cookieAttributes({ ...session, role: user.role }),
  };
  const others = purposesOf(await sentCookies());
  const attributes = [
    `Path=${path}`,
    `SameSite=${sameSite}`,
    domain && `Domain=${domain}`,
    httpOnly && "HttpOnly",
    secure && "Secure",
  ];

  return (
    <AccountPage found={found} title={t("howItWorks.title")}>
      <p className="mb-5 max-w-prose text-muted">{t("howItWorks.introduction")}</p>
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-2">
        <Card title={t("howItWorks.browserHolds")}>
          <Facts
            facts={{
              [t("howItWorks.cookie")]: <code>{cookieName()}</code>,
              [t("howItWorks.value")]: t("howItWorks.sealedId"),
              [t("howItWorks.attributes")]: <code>{attributes.filter(Boolean).join("; ")}</code>,
              [t("howItWorks.ends")]: maxAge
                ? t("howItWorks.endsAfter", { length: duration(maxAge * 1000) })
                : t("howItWorks.endsWithBrowser"),
            }}
          />
          {others.length > 0 && (
            <>
              <p className="mt-5 mb-2 text-sm">{t("howItWorks.others")}</p>
              <ul className="divide-y divide-line text-sm">
                {others.map(({ name, purpose }) => (
                  <li key={name} className="py-2">
                    <code className="block wrap-anywhere">{name}</code>
                    <span className="text-muted">{t(`howItWorks.for-${purpose}`)}</span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </Card>
        <Card title={t("howItWorks.serverHolds")}>
          <Facts
            facts={{
              [t("howItWorks.key")]: t("howItWorks.hashOfId"),
              handle: <code>{session.handle}</code>,
              created_at: <code>{session.createdAt.toISOString()}</code>,
              last_seen_at: <code>{session.lastSeenAt.toISOString()}</code>,
              ip_address: <code>{session.ipAddress ?? "null"}</code>,
            }}
          />
        </Card>
      </div>
      <div className="mt-5">
        <Card id="copy" title={t("howItWorks.theft")}>
          <p className="needs-script mb-4 max-w-prose text-sm text-muted">{t("howItWorks.theftIntroduction")}</p>
          <noscript>
            <p className="text-sm font-medium">{t("howItWorks.needsScript")}</p>
          </noscript>
          <Demonstration
            texts={{
              start: t("howItWorks.start"),
              startAgain: t("howItWorks.startAgain"),
              logOut: t("howItWorks.logOutCopy"),
              responses: t("howItWorks.responses"),
              accepted: t("howItWorks.accepted"),
              unavailable: t("howItWorks.unavailable"),
              refusedRevoked: t("howItWorks.refusedRevoked"),
              refusedExpired: t("howItWorks.refusedExpired"),
              refusedEnded: t("howItWorks.refusedEnded"),
              thiefHas: t("howItWorks.thiefHas"),
              serverHas: t("howItWorks.serverHas"),
              cookie: t("howItWorks.cookie"),
              value: t("howItWorks.value"),
              characters: t("howItWorks.characters"),
              ends: t("howItWorks.ends"),
              rowGone: t("howItWorks.rowGone"),
            }}
          />
          <p className="needs-script mt-4 max-w-prose text-sm text-muted">{t("howItWorks.theftSafety")}</p>
        </Card>
      </div>
      <section className="mt-5 max-w-prose">
        <h2 className="font-semibold">{t("howItWorks.loggingOut")}</h2>
        <ol className="mt-2 list-decimal space-y-1 ps-5 text-sm">
          <li>{t("howItWorks.rowFirst")}</li>
          <li>{t("howItWorks.thenCookie")}</li>
          <li>{t("howItWorks.openPages")}</li>
        </ol>
      </section>
    </AccountPage>
  );
}
