"use client";

import { GuardedButton, useGuardedAction } from "@/app/(account)/session-guard/guarded-form";
import { Form } from "@/app/ui/form/form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { Isolated } from "@/app/ui/isolated";
import { Moment } from "@/app/ui/time/moment";
import type { ShownBrowser } from "@/lib/auth/second-factor/show";
import { usePrivateWords } from "@/lib/i18n/react";
import { isolated } from "@/lib/text/isolated";
import { distrustBrowser, removeAuthenticator, renewCodes, type SecurityState } from "./actions";
import { RecoveryCodes } from "./recovery-codes";

/** Removes the authenticator app. Folded, so that nobody does it by mistake. */
export function RemoveApp({ hasPasskeys }: { hasPasskeys: boolean }) {
  const { t } = usePrivateWords();
  return (
    <details className="group">
      <summary className="inline-flex min-h-11 cursor-pointer items-center rounded-lg px-2 text-sm font-medium text-danger sm:min-h-10">
        {t("security.removeApp")}
      </summary>
      <div className="mt-2 flex flex-col items-start gap-3">
        <p className="text-sm text-muted">{t("security.removeAppHint", { passkeys: hasPasskeys ? "yes" : "no" })}</p>
        <GuardedButton action={removeAuthenticator} kind="danger">
          {t("security.removeAppNow")}
        </GuardedButton>
      </div>
    </details>
  );
}

type Codes = { left: number; since: string | null; hasSecondFactor: boolean };

/** How many recovery codes are left, and a button for new ones. */
export function RecoveryCodesForm({ left, since, hasSecondFactor }: Codes) {
  const { t, rich } = usePrivateWords();
  const { state, sending, dialog } = useGuardedAction<SecurityState>(renewCodes, {});

  return (
    <>
      <p className="mb-4 text-sm text-muted">{t("security.codesHint")}</p>
      {hasSecondFactor && !state.codes && (
        <p className={`mb-4 text-sm ${left <= 2 ? "text-danger" : ""}`} data-recovery-codes-left={left}>
          {t("security.codesLeft", { left })}
          {since && (
            <span className="block text-muted">
              {rich("security.codesSince", { time: () => <Moment at={new Date(since)} /> })}
            </span>
          )}
        </p>
      )}
      {state.codes && (
        <div className="mb-4">
          <RecoveryCodes codes={state.codes} heading="h3" />
        </div>
      )}
      {hasSecondFactor ? (
        <Form {...sending}>
          <SubmitButton kind="secondary" className="self-start" working={t("security.creating")}>
            {left > 0 ? t("security.renewCodes") : t("security.createCodes")}
          </SubmitButton>
        </Form>
      ) : (
        <p className="text-sm">{t("security.codesLater")}</p>
      )}
      {dialog}
    </>
  );
}

type Trusted = { browsers: ShownBrowser[]; hasSecondFactor: boolean };

/** The browsers in which log-ins need no second step. Each can be asked again. */
export function TrustedBrowsers({ browsers, hasSecondFactor }: Trusted) {
  const { t, rich } = usePrivateWords();
  if (browsers.length === 0)
    return <p className="text-sm text-muted">{t(hasSecondFactor ? "security.noTrusted" : "security.noFactor")}</p>;

  return (
    <>
      <p className="mb-4 text-sm text-muted">{t("security.trustedHint")}</p>
      <ul className="divide-y divide-line text-sm">
        {browsers.map(({ handle, browser, since, until }) => (
          <li key={handle} className="flex flex-wrap items-center gap-x-4 gap-y-2 py-2">
            <span className="min-w-0 flex-1 basis-40 wrap-anywhere">
              <span className="block font-medium">
                <Isolated>{browser}</Isolated>
              </span>
              <span className="text-muted">
                {rich("security.trustedUntil", {
                  since: () => <Moment at={new Date(since)} />,
                  until: () => <Moment at={new Date(until)} />,
                })}
              </span>
            </span>
            <GuardedButton
              action={distrustBrowser}
              values={{ handle }}
              label={t("security.distrustNamed", { browser: isolated(browser) })}
            >
              {t("security.distrust")}
            </GuardedButton>
          </li>
        ))}
      </ul>
      {browsers.length > 1 && (
        <div className="mt-3">
          <GuardedButton action={distrustBrowser}>{t("security.distrustAll")}</GuardedButton>
        </div>
      )}
    </>
  );
}
