import { betterAuth } from "better-auth";
import { Pool } from "pg";

// As https://better-auth.com/docs/installation says, with email and password. Hashing (scrypt), lifetimes and the
// limit for each address are the defaults; the requests that log in come from many addresses.
export const auth = betterAuth({
  baseURL: process.env.APP_URL,
  secret: process.env.SECRET,
  // As many connections as Latchkey has.
  database: new Pool({ connectionString: process.env.DATABASE_URL, max: 10 }),
  emailAndPassword: { enabled: true },
  // https://better-auth.com/docs/concepts/session-management#cookie-cache; five minutes are the default.
  session: { cookieCache: { enabled: process.env.COOKIE_CACHE === "on", maxAge: 5 * 60 } },
  logger: { disabled: true },
  telemetry: { enabled: false },
});
