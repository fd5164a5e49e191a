import type { Answer } from "@/lib/api/problem";
import type { Asked } from "./asked";
import { description } from "./description";
import { devices } from "./devices";
import { notices } from "./notices";
import { receipt } from "./receipt";
import { session } from "./session";
import { sessions } from "./sessions";
import { verify } from "./verify";

/** The addresses of the API. All of them are for GET and HEAD. The event stream, in server/events, is not among them. */
export const ROUTES: Record<string, (asked: Asked) => Answer | Promise<Answer>> = {
  "/api/session": session,
  "/api/sessions": sessions,
  "/api/devices": devices,
  "/api/notices": notices,
  "/api/receipt": receipt,
  "/api/verify": verify,
  "/api/openapi.json": description,
};
