import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import { env } from "@/lib/env";
import type { Amr } from "@/lib/session/amr";
import type { User } from "@/lib/session/store/contract";
import { type Bond, CHALLENGE_LIFETIME, createChallenge, type Holder, spendChallenge } from "./challenges";
import { rpId, rpOrigin, userHandleOf } from "./relying-party";
import { type Assertion, parseAssertion, parseRegistration, type Registration } from "./response";
import { findKey, listPasskeys, type NewPasskey, type Passkey, recordSignature, type StoredKey } from "./store";

export type CreationOptions = PublicKeyCredentialCreationOptionsJSON;
export type RequestOptions = PublicKeyCredentialRequestOptionsJSON;

/** The signature algorithms (COSE): ES256, EdDSA, RS256. Fixed, because the package's own list depends on the version of Node.js. */
const ALGORITHMS = [-7, -8, -257];

/** The package is loaded when a ceremony needs it: few requests do, and it would lengthen every start. */
const webauthn = () => import("@simplewebauthn/server");

/** What a browser needs to make a passkey for a user. It makes none on a device that has one of theirs. Throws an Outage. */
export async function creationOptions(user: Pick<User, "id" | "email" | "name">, holder: Holder) {
  const known = await listPasskeys(user.id);
  const { generateRegistrationOptions } = await webauthn();
  return generateRegistrationOptions({
    rpName: env().PRODUCT_NAME,
    rpID: rpId(),
    userID: userHandleOf(user.id),
    userName: user.email,
    userDisplayName: user.name,
    challenge: bytesOf(await createChallenge({ purpose: "register", userId: user.id, holder })),
    timeout: CHALLENGE_LIFETIME,
    // Which make of authenticator it is does not matter to us, and is nobody's business.
    attestationType: "none",
    excludeCredentials: known.map(described),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    supportedAlgorithmIDs: ALGORITHMS,
  });
}

/**
 * What a browser needs to use a passkey. It lists the passkeys of the bond's user, so that the browser asks for one of
 * them. Without a user it lists none: at a log-in nobody has proved anything yet. Throws an Outage.
 */
export async function requestOptions(bond: Bond): Promise<RequestOptions> {
  const known = bond.userId ? await listPasskeys(bond.userId) : [];
  // Written out: the package would add nothing, and every view of the log-in page would have to load it.
  return {
    rpId: rpId(),
    challenge: await createChallenge(bond),
    timeout: CHALLENGE_LIFETIME,
    userVerification: "required",
    allowCredentials: known.map((passkey) => ({ ...described(passkey), type: "public-key" as const })),
  };
}

/** A new passkey, and whether it cannot leave its device. */
type NewKey = Omit<NewPasskey, "name"> & { isDeviceBound: boolean };

/**
 * The new passkey in a browser's response, or null if the response is not one to a challenge of this bond, in our
 * pages, with user verification. Spends the challenge. Throws an Outage.
 */
export async function acceptRegistration(text: string, bond: Bond): Promise<NewKey | null> {
  const parsed = parseRegistration(text);
  if (!parsed || !(await spendChallenge(parsed.challenge, bond))) return null;
  return verifyRegistration(parsed.sent, parsed.challenge).catch(() => null);
}

async function verifyRegistration(sent: Registration, challenge: string) {
  const { verifyRegistrationResponse } = await webauthn();
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: { ...sent, clientExtensionResults: {}, response: await unattested(sent.response) } as Parameters<
      typeof verifyRegistrationResponse
    >[0]["response"],
    expectedChallenge: challenge,
    expectedOrigin: rpOrigin(),
    expectedRPID: rpId(),
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  });
  if (!verified || !registrationInfo || registrationInfo.credential.id !== sent.id) return null;

  const { credential, credentialBackedUp, credentialDeviceType } = registrationInfo;
  const { id, publicKey, counter } = credential;
  const transports = sent.response.transports ?? [];
  const isDeviceBound = credentialDeviceType === "singleDevice";
  const kept = { id, publicKey: new Uint8Array(publicKey), counter, transports, synced: credentialBackedUp };
  return { ...kept, isDeviceBound };
}

/**
 * The response without its attestation. We ask for none, yet a client may send one, and to verify it the package would
 * fetch addresses that its certificates name.
 */
async function unattested(response: Registration["response"]): Promise<Registration["response"]> {
  const { isoBase64URL, isoCBOR } = await import("@simplewebauthn/server/helpers");
  const sent = isoCBOR.decodeFirst<Map<string, Uint8Array>>(isoBase64URL.toBuffer(response.attestationObject));
  const none = new Map<string, string | Uint8Array | Map<string, string>>();
  none.set("fmt", "none").set("attStmt", new Map());
  none.set("authData", new Uint8Array(sent.get("authData") ?? []));
  return { ...response, attestationObject: isoBase64URL.fromBuffer(isoCBOR.encode(none)) };
}

export type Signed =
  /** The passkey's owner did it, and proved to the device who they are. */
  | { state: "signed"; id: string; key: StoredKey; isDeviceBound: boolean }
  | { state: "refused"; userId: string | null }
  /** No account has this passkey, or no longer. */
  | { state: "unknown"; id: string }
  /** The signature is right, but its counter is not above the last one: there are probably two of this passkey. */
  | { state: "copied"; id: string; key: StoredKey };

/**
 * Whose signature a browser's response is: only to a challenge of this bond, in our pages, by a passkey of a user who
 * may log in, with user verification. Spends the challenge. Throws an Outage.
 */
export async function acceptAssertion(text: string, bond: Bond): Promise<Signed> {
  const refused = { state: "refused" as const, userId: bond.userId };
  const parsed = parseAssertion(text);
  if (!parsed || !(await spendChallenge(parsed.challenge, bond))) return refused;

  const { sent, challenge } = parsed;
  const key = await findKey(sent.id);
  if (!key) return { state: "unknown", id: sent.id };
  if (!isMeant(sent, key, bond)) return refused;

  const proof = await verifyAssertion(sent, challenge, key).catch(() => null);
  if (!proof || key.user.disabledAt) return { ...refused, userId: key.user.id };
  if (!(await recordSignature(sent.id, proof))) return { state: "copied", id: sent.id, key };
  return { state: "signed", id: sent.id, key, isDeviceBound: proof.isDeviceBound };
}

/** Whether the response names the passkey's owner. Where the browser was not told whose passkeys to use, it must. */
function isMeant({ response: { userHandle } }: Assertion, { user }: StoredKey, { userId }: Bond): boolean {
  if (userHandle ? userHandle !== textOf(userHandleOf(user.id)) : userId === null) return false;
  return userId === null || userId === user.id;
}

async function verifyAssertion(sent: Assertion, challenge: string, { publicKey }: StoredKey) {
  const { verifyAuthenticationResponse } = await webauthn();
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: { ...sent, clientExtensionResults: {} } as Parameters<typeof verifyAuthenticationResponse>[0]["response"],
    expectedChallenge: challenge,
    expectedOrigin: rpOrigin(),
    expectedRPID: rpId(),
    requireUserVerification: true,
    // With 0 the package accepts every counter. `recordSignature` compares it, in one statement with the change.
    credential: { id: sent.id, publicKey, counter: 0 },
  });
  if (!verified) return null;
  const { newCounter, credentialBackedUp, credentialDeviceType } = authenticationInfo;
  return { counter: newCounter, synced: credentialBackedUp, isDeviceBound: credentialDeviceType === "singleDevice" };
}

function described({ id, transports }: Passkey) {
  // Browsers know more transports than the package's type does.
  return { id, transports: transports as NonNullable<CreationOptions["excludeCredentials"]>[number]["transports"] };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "base64url"));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

/** How a passkey proves who its user is (RFC 8176): by a key in hardware or in software, whose device has checked the user. */
export function amrOf({ isDeviceBound }: { isDeviceBound: boolean }): Amr[] {
  return [isDeviceBound ? "hwk" : "swk", "user"];
}
