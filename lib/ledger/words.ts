import { describeBrowser } from "@/lib/http/user-agent";
import { ENGLISH } from "@/lib/words";
import type { Line } from "./lines";

// Lines of the ledger, in words.

const SIGN_INS: Record<string, string> = {
  "new-browser": "Signed in from a new browser",
  "sign-up": "Signed in for the first time",
  confirm: "Entered the password again",
};

const ENDINGS: Record<string, string> = {
  "logged-out": "Logged out",
  replaced: "A session ended because somebody else logged in in that browser",
  revoked: "Signed a browser out",
  idle: "A session ended unused",
  expired: "A session ended of age",
  "password-changed": "A session ended with the old password",
  disabled: "A session ended with the account",
  "by-admin": "A session was ended",
  "over-limit": "A session ended to make room",
  replayed: "A session ended, its cookie used in two places",
};

const CHANGES: Record<string, string> = {
  name: "Changed the name",
  email: "Changed the email address",
  "email-restored": "Took the email address back",
  disabled: "The account was disabled",
  enabled: "The account was enabled again",
};

/** What happened, in words for users. */
export function describe({ event, reason, detail, endedBrowser = null }: Line): string {
  const about = reason ?? "";
  switch (event) {
    case "authn_login_success":
      return SIGN_INS[about] ?? "Signed in";
    case "authn_login_successafterfail":
      return about === "new-browser" ? "Signed in from a new browser, after failures" : "Signed in, after failures";
    case "authn_login_fail":
      return about === "confirm" ? "Entered a wrong password again" : "Failed to sign in";
    case "authn_login_fail_max":
      return "Failed to sign in for the hundredth time in a row";
    case "authn_password_change":
      return about === "reset" ? "Chose a new password by mail" : "Changed the password";
    case "session_expired":
      return ending(about, endedBrowser);
    case "authz_fail":
      return `Was refused access${detail ? `: ${detail}` : ""}`;
    case "user_created":
      return "Made the account";
    case "user_deleted":
      return "Deleted the account";
    case "authz_change":
      return about === "admin" ? "Became an administrator" : "Is an administrator no more";
    case "authz_admin":
      return about === "reset-mail" || about === "reset-link"
        ? "Was asked to choose a new password"
        : "An administrator looked after the account";
    case "user_updated":
      return CHANGES[about] ?? "Changed the account";
    default:
      return event;
  }
}

/** How a session ended, in words. Adds its browser, unless the session ended by a logout in that browser. */
function ending(reason: string, browser: string | null): string {
  const words = ENDINGS[reason] ?? "A session ended";
  return reason === "logged-out" || !browser ? words : `${words}: ${describeBrowser(browser, ENGLISH)}`;
}
