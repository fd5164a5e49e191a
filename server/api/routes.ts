import type { Answer } from "@/lib/api/problem";
import type { Asked } from "./asked";
import { copy, leaveCopy } from "./copy";
import { description } from "./description";
import { devices } from "./devices";
import { notices } from "./notices";
import { passkeyChallenge } from "./passkey-challenge";
import { passkeys } from "./passkeys";
import { receipt } from "./receipt";
import { recovery } from "./recovery";
import { session } from "./session";
import { sessions } from "./sessions";
import { verify } from "./verify";

type Routes = Record<string, (asked: Asked) => Answer | Promise<Answer>>;

/** The addresses of the API, for GET and HEAD. The event stream, in server/events, is not among them. */
export const ROUTES: Routes = {
  "/api/session": session,
  "/api/session/copy": copy,
  "/api/sessions": sessions,
  "/api/devices": devices,
  "/api/notices": notices,
  "/api/passkeys": passkeys,
  "/api/passkeys/challenge": passkeyChallenge,
  "/api/receipt": receipt,
  "/api/recovery": recovery,
  "/api/verify": verify,
  "/api/openapi.json": description,
};

/** Those of them that also take a POST. */
export const POSTS: Routes = { "/api/session/copy": leaveCopy };
