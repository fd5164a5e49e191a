import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

// What a browser does with the key of a bound session, with a key in software.

type Header = Record<string, unknown>;

/** A key, which signs as a browser does, or otherwise. */
export type SoftwareKey = {
  jwk: Header;
  privateJwk: Header;
  /** A challenge, signed. With `register`, the key is in its header. */
  sign(challenge: string, its?: { register?: boolean; header?: Header }): string;
};

/** Creates a key: by default the one that browsers prefer. */
export function softwareKey(kind: "ES256" | "RS256" | "ES384" = "ES256"): SoftwareKey {
  const { publicKey, privateKey } =
    kind === "RS256"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ec", { namedCurve: kind === "ES256" ? "P-256" : "P-384" });
  const jwk = publicKey.export({ format: "jwk" }) as Header;
  return {
    jwk,
    privateJwk: privateKey.export({ format: "jwk" }) as Header,
    sign: (challenge, { register = false, header = {} } = {}) => {
      const text = unsigned(challenge, { alg: kind, typ: "dbsc+jwt", ...(register && { jwk }), ...header });
      return `${text}.${signature(kind, text, privateKey)}`;
    },
  };
}

/** The header and the challenge of a signature that is missing. */
export function unsigned(challenge: string, header: Header): string {
  return [header, { jti: challenge }].map((part) => encoded(JSON.stringify(part))).join(".");
}

/** A challenge, signed with a secret that everybody knows: the public key. */
export function signedWithPublicKey(challenge: string, { jwk }: SoftwareKey): string {
  const text = unsigned(challenge, { alg: "HS256", typ: "dbsc+jwt", jwk });
  return `${text}.${createHmac("sha256", JSON.stringify(jwk)).update(text).digest("base64url")}`;
}

function signature(kind: string, text: string, key: KeyObject): string {
  const hash = kind === "ES384" ? "sha384" : "sha256";
  return sign(hash, Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
}

function encoded(text: string): string {
  return Buffer.from(text).toString("base64url");
}
