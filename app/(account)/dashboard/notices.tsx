"use client";

import { ShieldAlert } from "lucide-react";
import { GuardedButton } from "@/app/(account)/session-guard/guarded-form";
import { useLive } from "@/app/(account)/session-guard/use-live";
import { TextLink } from "@/app/ui/link/text-link";
import { Moment } from "@/app/ui/time/moment";
import { useWords } from "@/lib/i18n/react";
import type { Notices } from "@/lib/ledger/notices";
import { dismissNotices } from "./actions";

/** The maximum of notices of one kind to show. */
const NAMED = 3;

type Change = Notices["changes"][number];

/** The security events since the user last dismissed them. Shown until they do so again. */
export function AccountNotices({ initial }: { initial: Notices | null }) {
  const notices = useLive("/api/notices", initial);
  const { t, rich } = useWords();
  if (!notices) return null;
  const { failures, signIns, changes, upTo } = notices;

  return (
    <section
      aria-labelledby="notices"
      className="mb-5 rounded-xl border border-brass/40 bg-surface p-5 sm:flex sm:items-start sm:gap-4 sm:p-6"
    >
      <ShieldAlert className="mb-3 size-6 shrink-0 text-brass sm:mb-0" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <h2 id="notices" className="font-semibold">
          {t("dashboard.wasThisYou")}
        </h2>
        <ul className="mt-2 flex flex-col gap-1.5 text-sm">
          {failures && (
            <li>
              {rich("dashboard.failures", {
                count: failures.count,
                time: () => <Moment at={new Date(failures.last)} />,
              })}
            </li>
          )}
          {signIns.slice(0, NAMED).map((line) => (
            <li key={line.id}>
              {t("dashboard.newSignIn", { browser: line.browser ?? "" })} <Where {...line} />
            </li>
          ))}
          {signIns.length > NAMED && <li>{t("dashboard.moreSignIns", { count: signIns.length - NAMED })}</li>}
          {changes.slice(0, NAMED).map((line) => (
            <li key={line.id}>
              <ChangeLine {...line} />
            </li>
          ))}
        </ul>
        <p className="mt-3 text-sm text-muted">
          {rich("dashboard.ifNot", { link: (parts) => <TextLink href="/account#password">{parts}</TextLink> })}
        </p>
      </div>
      <div className="mt-4 flex flex-col sm:mt-0">
        <GuardedButton action={dismissNotices} values={{ upTo }}>
          {t("dashboard.itWasMe")}
        </GuardedButton>
      </div>
    </section>
  );
}

function ChangeLine({ what, at, browser, ipAddress }: Change) {
  const { t } = useWords();
  return (
    <>
      <span>
        {what === "role" ? t("dashboard.roleChanged") : t(`dashboard.changed-${what}`, { browser: browser ?? "" })}
      </span>{" "}
      <Where at={at} ipAddress={ipAddress} />
    </>
  );
}

function Where({ at, ipAddress }: { at: string; ipAddress: string | null }) {
  return (
    <span className="text-muted">
      <span>· </span>
      <Moment at={new Date(at)} />
      {ipAddress && <span> · {ipAddress}</span>}
    </span>
  );
}
