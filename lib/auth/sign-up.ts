import { db, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import { record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import { passwordProblem } from "@/lib/password/choose";
import { hashPassword, verifyPassword } from "@/lib/password/hash";
import type { NewPasswordProblem } from "@/lib/password/problems";
import { keptStatus } from "@/lib/request-context";
import { currentClient, currentDevice, newSessionHere, setDeviceCookie, setSessionCookie } from "@/lib/session/current";
import { sessionStore } from "@/lib/session/store";
import { isUserGone, UserGone } from "@/lib/session/store/contract";
import { newToken } from "@/lib/session/token";
import { domainOf, parseDomain } from "@/lib/text/email";
import { networkOf } from "@/lib/throttle/network";
import { isUndecided, orTryLater, rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import { mailTo } from "@/lib/throttle/store";
import { findOneTimeToken, spendOneTimeToken, withdrawSignUps } from "@/lib/users/one-time-tokens";
import { createUser, findUserByEmail, isTaken } from "@/lib/users/store";
import { requestedLocale } from "@/lib/words";
import { rememberBrowser } from "./device";

/** Who may sign up: everyone, no one, or only users with an address at this domain. */
export function signUpPolicy(): { state: "open" } | { state: "closed" } | { state: "domain"; domain: string } {
  const { SIGNUP } = env();
  if (SIGNUP === "open" || SIGNUP === "closed") return { state: SIGNUP };
  const domain = SIGNUP.slice("domain:".length);
  return { state: "domain", domain: parseDomain(domain) ?? domain };
}

/** Whether an account may have this address. */
function mayHaveAccount(email: string): boolean {
  const policy = signUpPolicy();
  return policy.state === "open" || (policy.state === "domain" && domainOf(email) === policy.domain);
}

type NewAccount = {
  name: string;
  email: string;
  password: string;
  /** The path to go to once the account exists. */
  next: string;
};

/**
 * Requests an account by an email to its address. Only that email says whether the
 * account already exists: the response is the same, after the same work.
 */
export async function signUp({
  name,
  email,
  password,
  next,
}: NewAccount): Promise<
  { state: "sent" } | { state: "closed" } | { state: "weak"; why: NewPasswordProblem } | TryLater
> {
  if (!mayHaveAccount(email)) return { state: "closed" };
  const { ipAddress } = await currentClient();

  return rateLimited([["sender", networkOf(ipAddress)]], async () => {
    const why = await passwordProblem(password, { email });
    if (why) return { state: "weak", why };

    const passwordHash = await hashPassword(password);
    return rateLimited(mailTo("sign-up", email, ipAddress), async () => {
      await enqueue(db(), email, { kind: "sign-up", details: { name, passwordHash, next, locale: requestedLocale() } });
      return { state: "sent" };
    });
  });
}

/**
 * Creates the account that a link is for, and logs in. Requires link and password:
 * an attacker who signs up with another person's address has only the password, and
 * the owner of the address only the link.
 */
export async function confirmSignUp(
  token: string,
  password: string,
): Promise<{ state: "confirmed" } | { state: "wrong-password" } | { state: "spent" } | TryLater> {
  return orTryLater(async () => {
    const link = await findOneTimeToken(token, "sign-up");
    if (!link?.passwordHash) return { state: "spent" };

    const { ipAddress } = await currentClient();
    const { passwordHash, email } = link;
    return rateLimited(
      [
        ["confirm", `sign-up:${email}`],
        ["sender", networkOf(ipAddress)],
      ],
      async () => {
        if (!(await verifyPassword(password, passwordHash))) return { state: "wrong-password" };

        const user = await createFrom(token);
        if (!user) return { state: "spent" };
        await welcomeIfPossible(user.id);
        return { state: "confirmed" };
      },
    );
  });
}

/** Spends the link and creates its account. Null if it was spent, or if the address has an account by now. */
async function createFrom(token: string): Promise<{ id: string } | null> {
  const client = await currentClient();

  return transaction(async (tx) => {
    const link = await spendOneTimeToken(tx, token, "sign-up");
    if (!link?.passwordHash || (await findUserByEmail(link.email, tx))) return null;

    const { email, name, passwordHash } = link;
    const locale = requestedLocale();
    const { id } = await createUser({ email, name: name ?? "", passwordHash, role: "user", locale }, tx);
    await withdrawSignUps(tx, email);
    await record(tx, { event: "user_created", userId: id, byUserId: id, reason: "sign-up", ...client });
    return { id };
  }).catch((error) => {
    // Another request created this account at the same moment.
    if (isTaken(error)) return null;
    throw error;
  });
}

/** Logs in unless the server is overloaded or the database is down: the account exists, so its owner can try later. */
async function welcomeIfPossible(userId: string): Promise<void> {
  const forgetStatus = keptStatus();
  try {
    await welcome(userId);
  } catch (error) {
    // An administrator was quicker.
    if (isUserGone(error)) return;
    if (!isUndecided(error)) throw error;
    forgetStatus();
  }
}

/** Logs in the user who just confirmed. No notification: the browser is evidently theirs. */
async function welcome(userId: string): Promise<void> {
  const client = await currentClient();
  const device = (await currentDevice()) ?? newToken();

  const session = await newSessionHere(false);
  const token = await transaction(async (tx) => {
    const { token, handle, user } = await sessionStore().create(tx, { id: userId }, session);
    if (user.disabledAt) throw new UserGone();
    await rememberBrowser(tx, userId, device);
    await record(tx, {
      event: "authn_login_success",
      userId,
      byUserId: userId,
      sessionHandle: handle,
      reason: "sign-up",
      ...client,
    });
    return token;
  });
  await setSessionCookie(token, { publicComputer: false, role: "user" });
  await setDeviceCookie(device);
}
