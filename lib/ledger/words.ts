import { MINUTE } from "@/lib/env";
import { describeBrowser } from "@/lib/http/user-agent";
import type { PlainKey, Words } from "@/lib/i18n/words";
import type { Line } from "./lines";
import { parseTravel, roundly } from "./travel";

// Lines of the ledger, in words.

const SIGN_INS: Record<string, PlainKey> = {
  "new-browser": "ledger.signedInNewBrowser",
  "sign-up": "ledger.signedInFirst",
};

const CHANGES: Record<string, PlainKey> = {
  "passkey-renamed": "passkeys.ledgerRenamed",
  name: "ledger.changedName",
  email: "ledger.changedEmail",
  "email-restored": "ledger.restoredEmail",
  disabled: "ledger.disabled",
  enabled: "ledger.enabled",
  "app-added": "ledger.addedApp",
  "app-removed": "ledger.removedApp",
  "passkey-added": "ledger.addedPasskey",
  "passkey-removed": "ledger.removedPasskey",
  "recovery-codes-renewed": "ledger.renewedRecoveryCodes",
  "recovery-codes-removed": "ledger.removedRecoveryCodes",
  "recovery-code-used": "ledger.usedRecoveryCode",
  "browser-distrusted": "ledger.distrustedBrowser",
  "recovery-started": "ledger.startedRecovery",
  "recovery-cancelled": "ledger.cancelledRecovery",
  "factors-recovered": "ledger.recoveredFactors",
  "factors-reset": "ledger.resetFactors",
};

const FAILURES: Record<string, PlainKey> = {
  code: "ledger.failedCode",
  "recovery-stop": "ledger.failedStop",
  passkey: "passkeys.ledgerFailed",
  "passkey-copied": "passkeys.ledgerCopied",
};

const COPIES: Record<string, PlainKey> = {
  "wrong-key": "bindingPage.ledgerWrongKey",
  replayed: "bindingPage.ledgerReplayed",
};

/** The proofs of a confirmation, by the first name of RFC 8176 in a line's detail, or for a refused passkey its own. */
const PROOFS: Record<string, PlainKey> = {
  pwd: "proof.password",
  otp: "proof.code",
  hwk: "proof.passkey",
  swk: "proof.passkey",
  passkey: "proof.passkey",
};

/** The reasons for the end of a session, except a logout. Each has a message. */
const ENDINGS = [
  "replaced",
  "revoked",
  "idle",
  "expired",
  "password-changed",
  "disabled",
  "by-admin",
  "over-limit",
  "replayed",
  "restarted",
  "restored",
] as const;

/** The places in refusals that are not a path or a host. */
const PLACES: Record<string, PlainKey> = {
  "a session of somebody else": "ledger.otherSession",
  "an application": "ledger.application",
};

/** What happened, in words for users. */
export function describe(line: Line, words: Words): string {
  const { event, reason, detail, endedBrowser } = line;
  const { t } = words;
  const about = reason ?? "";
  switch (event) {
    case "authn_login_success":
      if (about === "confirm") return confirmation(detail, words, ["ledger.confirmed", "ledger.confirmedBy"]);
      return t(SIGN_INS[about] ?? "ledger.signedIn");
    case "authn_login_successafterfail":
      return t(about === "new-browser" ? "ledger.signedInNewBrowserAfterFailures" : "ledger.signedInAfterFailures");
    case "authn_login_fail":
      if (about === "confirm") return confirmation(detail, words, ["ledger.failedConfirm", "ledger.failedConfirmBy"]);
      return t(FAILURES[about] ?? "ledger.failed");
    case "authn_login_fail_max":
      return t(about === "code" || about === "confirm" ? "ledger.failedCodeTooOften" : "ledger.failedTooOften");
    case "authn_impossible_travel":
      return farApart(detail, words);
    case "authn_password_change":
      return t(about === "reset" ? "ledger.resetPassword" : "ledger.changedPassword");
    case "session_created":
      return t("ledger.startedDemonstration");
    case "session_renewed":
      return t("bindingPage.ledgerBound");
    case "authn_token_reuse":
      return t(COPIES[about] ?? "bindingPage.ledgerCopied");
    case "session_expired":
      return line.isOfDemonstration ? t("ledger.endedDemonstration") : describeEnding(about, endedBrowser, words);
    case "authz_fail":
      return detail ? t("ledger.refusedAt", { place: placeOf(detail, words) }) : t("ledger.refused");
    case "user_created":
      return t("ledger.created");
    case "user_deleted":
      return t("ledger.deleted");
    case "authz_change":
      return t(about === "admin" ? "ledger.promoted" : "ledger.demoted");
    case "authz_admin":
      return t(about === "reset-mail" || about === "reset-link" ? "ledger.askedToReset" : "ledger.administered");
    case "user_updated":
      return t(CHANGES[about] ?? "ledger.changed");
    default:
      return event;
  }
}

/** How somebody confirmed their identity, or tried to. Lines of earlier versions do not say how. */
function confirmation(
  detail: string | null,
  { t }: Words,
  [alone, by]: ["ledger.confirmed", "ledger.confirmedBy"] | ["ledger.failedConfirm", "ledger.failedConfirmBy"],
): string {
  const proof = PROOFS[detail?.split(" ")[0] ?? ""];
  return proof ? t(by, { proof: t(proof) }) : t(alone);
}

/** How far apart two places are, and in what time the account was used in both. */
function farApart(detail: string | null, { t, duration }: Words): string {
  const { kilometres, minutes } = parseTravel(detail) ?? { kilometres: 0, minutes: 0 };
  return t("ledger.farApart", { kilometres: roundly(kilometres), length: duration(minutes * MINUTE) });
}

/** The place to which a user was refused access, in words. A host may be called "constructor", hence `hasOwn`. */
function placeOf(detail: string, { t }: Words): string {
  const known = Object.hasOwn(PLACES, detail) && PLACES[detail];
  return known ? t(known) : detail;
}

/**
 * How a session ended, in words. Names its browser (a user agent), if given, unless the session ended by a logout in that
 * browser.
 */
export function describeEnding(about: string, userAgent: string | null, words: Words): string {
  if (about === "logged-out") return words.t("ledger.loggedOut");
  const reason = ENDINGS.find((each) => each === about) ?? "unknown";
  return words.t(`ledger.ended-${reason}`, { browser: userAgent ? describeBrowser(userAgent, words) : "none" });
}
