import { z } from "zod";

// What a browser sends after a ceremony: JSON whose every part a client can choose.

/** Base64url without padding. */
const ENCODED = z.string().regex(/^[\w-]+$/);

/** The maximum length of a credential's id: 1023 bytes (WebAuthn §4) in base64url. */
const ID = ENCODED.max(1364);

const CLIENT_DATA = z.object({
  type: z.enum(["webauthn.create", "webauthn.get"]),
  challenge: z.string().regex(/^[\w-]{43}$/),
  origin: z.string(),
  // No page of ours asks from a frame, and no other page may put us into one.
  crossOrigin: z.literal(false).optional(),
  topOrigin: z.undefined().optional(),
});

const CREDENTIAL = z.object({ id: ID, rawId: ID, type: z.literal("public-key") });

const TRANSPORT = z.string().regex(/^[a-z-]{1,20}$/);

const REGISTRATION = CREDENTIAL.extend({
  response: z.object({
    clientDataJSON: ENCODED,
    attestationObject: ENCODED,
    transports: z.array(TRANSPORT).max(10).optional(),
  }),
});

const ASSERTION = CREDENTIAL.extend({
  response: z.object({
    clientDataJSON: ENCODED,
    authenticatorData: ENCODED,
    signature: ENCODED,
    userHandle: ENCODED.nullish(),
  }),
});

export type Registration = z.infer<typeof REGISTRATION>;
export type Assertion = z.infer<typeof ASSERTION>;

/** A new passkey with the challenge that it signed, or null if the text is something else. Nothing is verified yet. */
export function parseRegistration(text: string): { sent: Registration; challenge: string } | null {
  return parse(text, REGISTRATION);
}

/** A signature with the challenge that it is for, or null if the text is something else. Nothing is verified yet. */
export function parseAssertion(text: string): { sent: Assertion; challenge: string } | null {
  return parse(text, ASSERTION);
}

function parse<T extends { id: string; rawId: string; response: { clientDataJSON: string } }>(
  text: string,
  schema: z.ZodType<T>,
): { sent: T; challenge: string } | null {
  const { data: sent } = schema.safeParse(jsonIn(text));
  if (!sent || sent.id !== sent.rawId) return null;
  const { data } = CLIENT_DATA.safeParse(jsonIn(Buffer.from(sent.response.clientDataJSON, "base64url").toString()));
  return data ? { sent, challenge: data.challenge } : null;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
