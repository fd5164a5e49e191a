import { betterAuth } from "better-auth";
import { Pool } from "pg";

// Set up as in https://better-auth.com/docs/installation, with email and password. Hashing (scrypt), lifetimes and the
// rate limit per address are the defaults. Log-in requests come from many addresses.
export const auth = betterAuth({
  baseURL: process.env.APP_URL,
  secret: process.env.SECRET,
  // The same number of connections as Latchkey.
  database: new Pool({ connectionString: process.env.DATABASE_URL, max: 10 }),
  emailAndPassword: { enabled: true },
  // https://better-auth.com/docs/concepts/session-management#cookie-cache; the default is five minutes.
  session: { cookieCache: { enabled: process.env.COOKIE_CACHE === "on", maxAge: 5 * 60 } },
  logger: { disabled: true },
  telemetry: { enabled: false },
});
