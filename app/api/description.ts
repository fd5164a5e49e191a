import { z } from "zod";
import { env } from "@/lib/env";
import { cookieName } from "@/lib/session/cookie";
import { STREAM, type StreamEvent } from "@/lib/session/event-stream";
import { version } from "@/package.json";
import { type Answers, SCHEMAS } from "./schema";

// The description of the API. e2e/http/openapi.spec.ts holds real answers against it,
// so nothing may be answered that is not written here.

type Schema = Record<string, unknown>;

const TEXT = { type: "string" };

function address(name: string): string {
  return `#/components/schemas/${name}`;
}

function ref(name: keyof typeof SCHEMAS): Schema {
  return { $ref: address(name) };
}

/** What is answered, in JSON Schema. A part that has a name is referred to by it. */
function describeSchemas(): Record<string, Schema> {
  const named = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) named.add(schema, { id });
  const { schemas } = z.toJSONSchema(named, { uri: address });
  // The dialect is that of OpenAPI 3.1 anyway, and the place in the document is the address.
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema]));
}

function json(description: string, schema: Schema): Schema {
  return { description, content: { "application/json": { schema } } };
}

function problem(description: string, headers: Record<string, Schema> = {}): Schema {
  return { description, headers, content: { "application/problem+json": { schema: ref("Problem") } } };
}

/** The same as a page, for who accepts `text/html`. */
function orPage(answer: Schema): Schema {
  return { ...answer, content: { ...(answer.content as object), "text/html": { schema: TEXT } } };
}

function header(description: string, schema: Schema = TEXT): Schema {
  return { description, required: true, schema };
}

const RETRY_AFTER = { "Retry-After": header("Seconds after which to ask again.", { type: "integer" }) };
const NOT_SIGNED_IN = problem("Nobody is signed in with this request; or nobody any more, and how that came.");
const UNAVAILABLE = problem("The database does not answer. Nobody is signed out by that.", RETRY_AFTER);

/** What any address answers to what it does not take. */
const REFUSED = problem(
  "400: it cannot be read. 403: a POST that no page of Latchkey sent. 405: another method than GET, HEAD or POST. 413: too large. 500: the fault is ours.",
);

/** Something that who is signed in may ask for. */
function forSignedIn(operationId: string, summary: string, answers: Record<string, Schema>): Schema {
  return {
    get: {
      operationId,
      summary,
      security: [{ session: [] }],
      responses: { ...answers, 401: NOT_SIGNED_IN, 503: UNAVAILABLE, default: REFUSED },
    },
  };
}

const FOR_SIGNED_IN: Record<keyof Answers, Schema> = {
  "/api/session": forSignedIn("session", "Who is signed in, and until when", {
    200: json("Somebody is.", ref("SessionAnswer")),
  }),
  "/api/sessions": forSignedIn("sessions", "Every browser that is signed in as who asks", {
    200: json("This one first.", ref("SessionsAnswer")),
  }),
  "/api/notices": forSignedIn("notices", "What the owner of the account should know and has not seen", {
    200: json("Null when there is nothing.", ref("NoticesAnswer")),
  }),
};

const FORWARDED = {
  Method: "The method of the original request.",
  Proto: "Its protocol, https or http.",
  Host: "Its host, with a port where that is not the usual one.",
  Uri: "Its path and query, as they were sent.",
};

const VERIFY = {
  get: {
    operationId: "verify",
    summary: "Whether the request that a proxy has been sent may pass, and whose it is",
    description:
      "Forward authentication, as nginx (auth_request), Traefik (ForwardAuth) and Caddy (forward_auth) ask. To be let in is use of the session, unless a rule says `public`.",
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
        description: "To be redirected in place of a 401, where the original request was for a page.",
        allowEmptyValue: true,
        schema: TEXT,
      },
      {
        name: "page",
        in: "query",
        description: "To be sent a page for a person in the header Latchkey-Page, too.",
        allowEmptyValue: true,
        schema: TEXT,
      },
    ],
    responses: {
      200: {
        description: "It may pass. The body is empty; so are the headers, where everybody may.",
        headers: {
          "Remote-User": header("The account's id, or its address (VERIFY_REMOTE_USER)."),
          "Remote-Email": header("Its email address."),
          "Remote-Name": header("What the person wants to be called, in UTF-8."),
          "Remote-Groups": header("Separated by commas.", { enum: ["user", "user,admin"] }),
        },
      },
      302: { description: "Log in here.", headers: { Location: header("The log-in page.") } },
      401: orPage(
        problem("Log in, at `Location`.", { Location: header("The log-in page. It leads back, where it may.") }),
      ),
      403: orPage(problem("Who is signed in may not see this (VERIFY_RULES).")),
      503: orPage(UNAVAILABLE),
      default: REFUSED,
    },
  },
};

const HAPPENED: Record<StreamEvent, string> = {
  ended: "the session has",
  changed: "there is something new to show",
  ask: "something may have been missed",
};

const EVENTS = {
  get: {
    operationId: "events",
    summary: "What changes for who is signed in, as server-sent events, for as long as the session lives",
    description: Object.entries(HAPPENED)
      .map(([name, means]) => `\`${name}\`: ${means}.`)
      .join(" "),
    security: [{ session: [] }],
    responses: {
      200: { description: "A stream.", content: { "text/event-stream": { schema: TEXT } } },
      401: problem("There is no valid session with this request."),
      429: problem("There are too many streams of this user.", RETRY_AFTER),
      503: problem("The database does not answer, or this instance is stopping.", RETRY_AFTER),
      default: REFUSED,
    },
  },
};

/** The API in the words of OpenAPI 3.1, for this installation. */
export function describeApi() {
  return {
    openapi: "3.1.0",
    info: {
      title: "Latchkey",
      version,
      description:
        "For other software: who is signed in. Asking is not use of a session, save for /api/verify. No answer may be cached.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: env().APP_URL.origin }],
    paths: {
      ...FOR_SIGNED_IN,
      "/api/verify": VERIFY,
      [STREAM]: EVENTS,
      "/api/openapi.json": {
        get: {
          operationId: "description",
          summary: "This description",
          security: [],
          responses: { 200: json("It.", { type: "object" }), default: REFUSED },
        },
      },
      "/api/{path}": {
        get: {
          operationId: "nothing",
          summary: "Everything else, however many parts it has",
          security: [],
          parameters: [{ name: "path", in: "path", required: true, schema: TEXT }],
          responses: { 404: problem("There is nothing at this address."), default: REFUSED },
        },
      },
    },
    components: {
      schemas: describeSchemas(),
      securitySchemes: { session: { type: "apiKey", in: "cookie", name: cookieName() } },
    },
  };
}
