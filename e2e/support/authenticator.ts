// Virtual authenticators of Chromium, over the DevTools protocol: passkeys without a finger.

import type { CDPSession, Page } from "playwright/test";

export type Authenticator = { cdp: CDPSession; id: string };

type Kind = {
  /** Whether its user passes the check by fingerprint, face or PIN. */
  isUserVerified?: boolean;
  /** Whether it can check its user at all. */
  hasUserVerification?: boolean;
  /** Whether its passkeys are synced. */
  isSynced?: boolean;
};

/** Gives a page's browser an authenticator that answers at once. */
export async function addAuthenticator(page: Page, kind: Kind = {}): Promise<Authenticator> {
  const { isUserVerified = true, hasUserVerification = true, isSynced = false } = kind;
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable", { enableUI: false });
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      ...{ protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification, isUserVerified },
      ...{ automaticPresenceSimulation: true, defaultBackupEligibility: isSynced, defaultBackupState: isSynced },
    },
  });
  return { cdp, id: authenticatorId };
}

/** The passkeys that it has. */
export async function credentialsOf({ cdp, id }: Authenticator) {
  return (await cdp.send("WebAuthn.getCredentials", { authenticatorId: id })).credentials;
}

/** Copies all passkeys into another authenticator, with another counter if given: what a thief of keys would do. */
export async function copyCredentials(from: Authenticator, to: Authenticator, signCount?: number): Promise<void> {
  for (const credential of await credentialsOf(from))
    await to.cdp.send("WebAuthn.addCredential", {
      authenticatorId: to.id,
      credential: { ...credential, signCount: signCount ?? credential.signCount },
    });
}

/** Lets the button alone ask for a passkey: with a virtual authenticator, the autofill would answer as soon as a page is open. */
export async function withoutAutofill(page: Page): Promise<void> {
  await page.addInitScript(() => {
    // A blank page has no passkeys.
    if (!isSecureContext) return;
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
}
