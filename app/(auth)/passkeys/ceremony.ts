// What a page asks the browser to do with passkeys. Loaded when it is needed (`loadCeremony`), because it would add
// to the scripts of every page.

import {
  browserSupportsWebAuthnAutofill,
  sendSignal,
  startAuthentication,
  startRegistration,
  WebAuthnAbortService,
  WebAuthnError,
} from "@simplewebauthn/browser";
import type { CreationOptions, RequestOptions } from "@/lib/auth/passkeys/ceremonies";
import type { Asked } from "./asked";

/** What the browser did: a response for the server; nothing, because the user or another request stopped it; or a failure. */
export type Done = { answer: string } | { stopped: true } | { hasOne: true };

/** Lets the user make a passkey on a device of their choice. `hasOne`: that device has one of the user's already. */
export function makePasskey(options: CreationOptions): Promise<Done> {
  return outcomeOf(() => startRegistration({ optionsJSON: options }));
}

/** Lets the user choose a passkey in a dialog of the browser. It replaces an offer in the autofill. */
export async function askForPasskey(options: RequestOptions): Promise<Done> {
  isAsking = true;
  const done = await outcomeOf(() => startAuthentication({ optionsJSON: options }));
  isAsking = false;
  return done;
}

async function outcomeOf(start: () => Promise<object>): Promise<Done> {
  try {
    return { answer: JSON.stringify(await start()) };
  } catch (error) {
    const isKnown = error instanceof WebAuthnError && error.code === "ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED";
    // Browsers do not say why it failed, so that no page learns which passkeys there are (WebAuthn §14.5).
    return isKnown ? { hasOne: true } : { stopped: true };
  }
}

/** How long before its end a challenge in the autofill is replaced, in milliseconds after its start. */
const RENEWED = 4 * 60_000;

/** Whether a dialog of the browser asks for a passkey. */
let isAsking = false;

/**
 * Offers passkeys in the autofill of the field whose `autocomplete` ends in "webauthn", until the returned function is
 * called. `ask` gets a new challenge from the server.
 */
export function offerInAutofill(ask: () => Promise<Asked>, onAnswer: (answer: string) => void): () => void {
  let isOver = false;
  const offer = async () => {
    // A hidden page offers nothing, and asks the server for nothing.
    if (isOver || isAsking || document.hidden || !(await browserSupportsWebAuthnAutofill())) return;
    const { options } = await ask().catch(() => ({ options: null }));
    if (!options || isOver || isAsking) return;
    const done = await outcomeOf(() => startAuthentication({ optionsJSON: options, useBrowserAutofill: true }));
    if ("answer" in done && !isOver) onAnswer(done.answer);
  };
  const seen = () => document.hidden || void offer();
  const timer = setInterval(offer, RENEWED);
  document.addEventListener("visibilitychange", seen);
  void offer();
  return () => {
    isOver = true;
    clearInterval(timer);
    document.removeEventListener("visibilitychange", seen);
    if (!isAsking) WebAuthnAbortService.cancelCeremony();
  };
}

/** Tells password managers, where browsers can, that a passkey no longer works here, so that they stop offering it. */
export async function forgetPasskey(rpId: string, id: string): Promise<void> {
  // Many browsers cannot, and those that can do not say what came of it.
  await sendSignal({ signalName: "unknownCredential", rpID: rpId, credentialID: id }).catch(() => {});
}

/** What the server knows about the user's passkeys. */
export type Known = { rpId: string; userHandle: string; ids: string[]; email: string; name: string };

/** Tells password managers, where browsers can, which passkeys work and what their user is called now. */
export async function tellPasswordManagers({ rpId, userHandle, ids, email, name }: Known): Promise<void> {
  const about = { rpID: rpId, userID: userHandle };
  await sendSignal({ signalName: "allAcceptedCredentials", ...about, allAcceptedCredentialIDs: ids }).catch(() => {});
  await sendSignal({ signalName: "currentUserDetails", ...about, userName: email, userDisplayName: name }).catch(
    () => {},
  );
}
