import { z } from "zod";
import type { Answer } from "@/lib/api/problem";
import { type Answers, SCHEMAS } from "@/lib/api/schema";
import { env } from "@/lib/env";
import { cookieName } from "@/lib/session/cookie";
import { STREAM, type StreamEvent } from "@/lib/session/event-stream";
import about from "@/package.json" with { type: "json" };
import { json as answerJson } from "./asked";

// The description of the API. e2e/http/openapi.spec.ts compares it with real responses,
// so every response must be described here.

type Schema = Record<string, unknown>;

const TEXT = { type: "string" };

/** What programs have to know about cookies (decision 40). */
const COOKIES =
  "Log in with a session of your own, and keep every cookie that a response sets: an outdated one ends the session.";

function address(name: string): string {
  return `#/components/schemas/${name}`;
}

function ref(name: keyof typeof SCHEMAS): Schema {
  return { $ref: address(name) };
}

/** The schemas of all responses as JSON Schema. Named parts are references. */
function describeSchemas(): Record<string, Schema> {
  const named = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) named.add(schema, { id });
  const { schemas } = z.toJSONSchema(named, { uri: address });
  // `$schema` is the default dialect of OpenAPI 3.1, and `$id` the schema's place in the document: both are redundant.
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema]));
}

function json(description: string, schema: Schema): Schema {
  return { description, content: { "application/json": { schema } } };
}

function problem(description: string, headers: Record<string, Schema> = {}): Schema {
  return { description, headers, content: { "application/problem+json": { schema: ref("Problem") } } };
}

/** Adds an HTML page, for clients that accept `text/html`. */
function orPage(answer: Schema): Schema {
  return { ...answer, content: { ...(answer.content as object), "text/html": { schema: TEXT } } };
}

function header(description: string, schema: Schema = TEXT): Schema {
  return { description, required: true, schema };
}

const RETRY_AFTER = { "Retry-After": header("Seconds to wait before a retry.", { type: "integer" }) };
const NOT_SIGNED_IN = problem("The request has no valid session. If its session has ended, `reason` says how.");
const UNAVAILABLE = problem("The database does not respond. This ends no session.", RETRY_AFTER);

/** The responses that every address can give to an invalid request. */
const REFUSED = problem(
  "400: malformed request. 403: a POST that was not sent by a page of Latchkey. 405: a method other than GET, HEAD or POST. 413: request too large. 500: internal error.",
);

/** An operation that needs a session. */
function forSignedIn(
  operationId: string,
  summary: string,
  answers: Record<string, Schema>,
  parameters: Schema[] = [],
): Schema {
  return {
    get: {
      operationId,
      summary,
      parameters,
      security: [{ session: [] }],
      responses: { ...answers, 401: NOT_SIGNED_IN, 503: UNAVAILABLE, default: REFUSED },
    },
  };
}

const FOR_SIGNED_IN: Record<keyof Answers, Schema> = {
  "/api/session": forSignedIn("session", "The logged-in user and the session", {
    200: json("The user and the session.", ref("SessionAnswer")),
  }),
  "/api/session/copy": {
    ...forSignedIn("copy", 'The copied session of the page "How your session works"', {
      200: json("Its cookie and its row. The copy is accepted, and this counts as its use.", ref("CopyAnswer")),
    }),
    post: {
      operationId: "leaveCopy",
      summary: "Ends that session, because its page is left",
      security: [],
      responses: {
        204: { description: "The session has ended, if there was one." },
        503: UNAVAILABLE,
        default: REFUSED,
      },
    },
  },
  "/api/sessions": forSignedIn("sessions", "All sessions of the logged-in user", {
    200: json("The sessions, with the current one first.", ref("SessionsAnswer")),
  }),
  "/api/devices": forSignedIn(
    "devices",
    "All sessions of the logged-in user with their open pages, and recent log-outs",
    {
      200: json("The sessions, with the current one first, and those that ended recently.", ref("DevicesAnswer")),
    },
  ),
  "/api/notices": forSignedIn("notices", "Security notices that the user has not answered", {
    200: json("The notices: failed log-ins first, then the newest.", ref("NoticesAnswer")),
  }),
  "/api/passkeys": forSignedIn("passkeys", "The passkeys of the logged-in user", {
    200: json("The passkeys, the latest added first.", ref("PasskeysAnswer")),
  }),
  "/api/recovery": forSignedIn("recovery", "Whether a recovery of the user's second factor is under way", {
    200: json("The recovery; null if there is none.", ref("RecoveryAnswer")),
  }),
  "/api/receipt": forSignedIn(
    "receipt",
    "Whether the pages of sessions that the user has just ended are blank; waits a few seconds for it",
    {
      200: json("What the pages have confirmed so far.", ref("ReceiptAnswer")),
      400: problem("The id is not a UUID."),
    },
    [{ name: "id", in: "query", required: true, description: "The id from the log-out.", schema: TEXT }],
  ),
};

const PASSKEY_CHALLENGE = {
  get: {
    operationId: "passkeyChallenge",
    summary: "A challenge to log in with a passkey, for the log-in page",
    security: [],
    responses: {
      200: json("The same for everybody, except for the challenge.", ref("PasskeyChallenge")),
      429: problem("This network has asked too often.", RETRY_AFTER),
      503: UNAVAILABLE,
      default: REFUSED,
    },
  },
};

const FORWARDED = {
  Method: "The method of the original request.",
  Proto: "Its protocol, https or http.",
  Host: "Its host, with the port unless that is the default.",
  Uri: "Its path and query, exactly as sent.",
};

const VERIFY = {
  get: {
    operationId: "verify",
    summary: "Whether a proxy may let a request pass, and whose request it is",
    description:
      "Forward authentication for nginx (auth_request), Traefik (ForwardAuth) and Caddy (forward_auth). An allowed request counts as use of the session, unless the rule is `public`.",
    security: [{ session: [] }],
    parameters: [
      ...Object.entries(FORWARDED).map(([name, description]) => ({
        name: `X-Forwarded-${name}`,
        in: "header",
        description,
        schema: TEXT,
      })),
      {
        name: "redirect",
        in: "query",
        description: "If present, the response to a request for a page is a redirect instead of a 401.",
        allowEmptyValue: true,
        schema: TEXT,
      },
      {
        name: "page",
        in: "query",
        description: "If present, the header `Latchkey-Page` also contains the HTML page.",
        allowEmptyValue: true,
        schema: TEXT,
      },
    ],
    responses: {
      200: {
        description: "The request may pass. The body is empty. For a public path, the four headers are empty, too.",
        headers: {
          "Remote-User": header("The user's id, or their email address (VERIFY_REMOTE_USER)."),
          "Remote-Email": header("The user's email address."),
          "Remote-Name": header("The user's name, in UTF-8."),
          "Remote-Groups": header("The user's groups, separated by commas.", { enum: ["user", "user,admin"] }),
        },
      },
      302: { description: "The user must log in.", headers: { Location: header("The log-in page.") } },
      401: orPage(
        problem("The user must log in, at `Location`.", {
          Location: header("The log-in page. If the host is allowed, it leads back to the original request."),
        }),
      ),
      403: orPage(problem("No rule allows the user this request (VERIFY_RULES).")),
      503: orPage(UNAVAILABLE),
      default: REFUSED,
    },
  },
};

const HAPPENED: Record<StreamEvent, string> = {
  ended: "the session has ended",
  changed: "something about the account has changed",
  ask: "events may have been missed, so check the session",
  pages: "a page was opened or closed in a browser of the user, while one of the user's pages shows that",
};

const EVENTS = {
  get: {
    operationId: "events",
    summary: "Changes of the user's account as server-sent events, until the session ends",
    description: Object.entries(HAPPENED)
      .map(([name, means]) => `\`${name}\`: ${means}.`)
      .join(" "),
    security: [{ session: [] }],
    responses: {
      200: { description: "The event stream.", content: { "text/event-stream": { schema: TEXT } } },
      401: problem("The request has no valid session."),
      429: problem("The user has too many open streams.", RETRY_AFTER),
      503: problem("The database does not respond, or this instance is stopping.", RETRY_AFTER),
      default: REFUSED,
    },
  },
  post: {
    operationId: "confirm",
    summary: "A page's confirmation that it went blank when its session ended, with the ticket from its stream",
    security: [],
    requestBody: {
      required: true,
      content: {
        "application/x-www-form-urlencoded": {
          schema: { type: "object", properties: { ticket: TEXT, tab: TEXT, tabs: { type: "integer" } } },
        },
      },
    },
    responses: { 204: { description: "The same for every confirmation, valid or not." }, default: REFUSED },
  },
};

/** The OpenAPI 3.1 description of this installation's API. It is public. */
export function description(): Answer {
  return answerJson(describeApi());
}

function describeApi() {
  return {
    openapi: "3.1.0",
    info: {
      title: "Latchkey",
      version: about.version,
      description:
        "Tells other software who is logged in. Except for /api/verify, requests do not count as use of the session. No response may be cached.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: env().APP_URL.origin }],
    paths: {
      ...FOR_SIGNED_IN,
      "/api/passkeys/challenge": PASSKEY_CHALLENGE,
      "/api/verify": VERIFY,
      [STREAM]: EVENTS,
      "/api/openapi.json": {
        get: {
          operationId: "description",
          summary: "This description",
          security: [],
          responses: { 200: json("The description.", { type: "object" }), default: REFUSED },
        },
      },
      "/api/{path}": {
        get: {
          operationId: "nothing",
          summary: "Any other path, with any number of segments",
          security: [],
          parameters: [{ name: "path", in: "path", required: true, schema: TEXT }],
          responses: { 404: problem("This address does not exist."), default: REFUSED },
        },
      },
    },
    components: {
      schemas: describeSchemas(),
      securitySchemes: { session: { type: "apiKey", in: "cookie", name: cookieName(), description: COOKIES } },
    },
  };
}
