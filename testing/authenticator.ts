// A passkey in software: real keys and signatures, made by the rules of WebAuthn Level 3. Tests can bend each part.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { CreationOptions, RequestOptions } from "@/lib/auth/passkeys/ceremonies";

/** The flags of authenticator data (WebAuthn §6.1). */
export const FLAGS = { present: 0x01, verified: 0x04, syncable: 0x08, synced: 0x10, attested: 0x40 };

/** What differs from an honest ceremony. */
export type Bent = {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  counter?: number;
  flags?: number;
  userHandle?: string | null;
  /** Further members of the client data. */
  clientData?: object;
  /** The attestation's format and statement. */
  attestation?: [format: string, statement: Map<string, Item>];
};

/** A passkey of one user at one site. Its counter grows with each use, unless `counts` is false. */
export class SoftPasskey {
  readonly id = randomBytes(32).toString("base64url");
  private readonly keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  private userHandle = "";
  counter = 0;

  constructor(
    readonly origin: string,
    readonly counts = true,
  ) {}

  /** The response to a registration, as JSON. */
  register(options: CreationOptions, bent: Bent = {}): string {
    this.userHandle = options.user.id;
    const { x = "", y = "" } = this.keys.publicKey.export({ format: "jwk" });
    // COSE: kty EC2, alg ES256, crv P-256 (RFC 9053 §7.1.1).
    const key = new Map<number, Item>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ]);
    const id = bytes(this.id);
    const flags = FLAGS.present | FLAGS.verified;
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([id.length >> 8, id.length & 255]), id, cbor(key)]);
    const data = Buffer.concat([this.data({ flags, ...bent }, FLAGS.attested, options.rp.id), attested]);
    const [format, statement] = bent.attestation ?? ["none", new Map()];
    const object = new Map<string, Item>([
      ["fmt", format],
      ["attStmt", statement],
      ["authData", data],
    ]);
    return this.credential({
      clientDataJSON: this.clientData("webauthn.create", options.challenge, bent).toString("base64url"),
      attestationObject: cbor(object).toString("base64url"),
      transports: ["internal"],
    });
  }

  /** The response to a request, as JSON. */
  sign(options: RequestOptions, bent: Bent = {}, key: KeyObject = this.keys.privateKey): string {
    if (this.counts) this.counter++;
    const flags = FLAGS.present | FLAGS.verified;
    const data = this.data({ flags, ...bent }, 0, options.rpId);
    const clientData = this.clientData("webauthn.get", options.challenge, bent);
    const signed = Buffer.concat([data, createHash("sha256").update(clientData).digest()]);
    const userHandle = bent.userHandle === undefined ? this.userHandle : bent.userHandle;
    return this.credential({
      clientDataJSON: clientData.toString("base64url"),
      authenticatorData: data.toString("base64url"),
      signature: sign("sha256", signed, key).toString("base64url"),
      ...(userHandle !== null && { userHandle }),
    });
  }

  private credential(response: object): string {
    return JSON.stringify({ id: this.id, rawId: this.id, type: "public-key", clientExtensionResults: {}, response });
  }

  private clientData(type: string, challenge: string, bent: Bent): Buffer {
    const { origin = this.origin, clientData } = bent;
    const made = { type: bent.type ?? type, challenge: bent.challenge ?? challenge, origin, crossOrigin: false };
    return Buffer.from(JSON.stringify({ ...made, ...clientData }));
  }

  private data({ flags = 0, counter = this.counter, rpId }: Bent, more: number, own = ""): Buffer {
    const end = Buffer.alloc(5);
    end[0] = flags | more;
    end.writeUInt32BE(counter, 1);
    return Buffer.concat([
      createHash("sha256")
        .update(rpId ?? own)
        .digest(),
      end,
    ]);
  }
}

type Item = string | number | Uint8Array | Item[] | Map<string | number, Item>;

/** Encodes an item in CBOR (RFC 8949), with the shortest heads. */
function cbor(item: Item): Buffer {
  if (typeof item === "number") return item < 0 ? head(1, -1 - item) : head(0, item);
  if (typeof item === "string") return Buffer.concat([head(3, Buffer.byteLength(item)), Buffer.from(item)]);
  if (item instanceof Uint8Array) return Buffer.concat([head(2, item.length), item]);
  if (Array.isArray(item)) return Buffer.concat([head(4, item.length), ...item.map(cbor)]);
  return Buffer.concat([head(5, item.size), ...[...item].flatMap(([name, value]) => [cbor(name), cbor(value)])]);
}

function head(major: number, value: number): Buffer {
  const type = major << 5;
  if (value < 24) return Buffer.from([type | value]);
  if (value < 0x100) return Buffer.from([type | 24, value]);
  return Buffer.from([type | 25, value >> 8, value & 0xff]);
}

function bytes(text: string): Buffer {
  return Buffer.from(text, "base64url");
}
