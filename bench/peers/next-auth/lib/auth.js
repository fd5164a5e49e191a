import PostgresAdapter from "@auth/pg-adapter";
import { compare } from "bcryptjs";
import CredentialsProvider from "next-auth/providers/credentials";
import GitHubProvider from "next-auth/providers/github";
import { Pool } from "pg";

// The same number of connections as Latchkey.
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

const credentials = CredentialsProvider({
  credentials: { email: {}, password: {} },
  async authorize({ email, password }) {
    const { rows } = await pool.query("SELECT id, name, email, password_hash FROM users WHERE email = $1", [email]);
    const [user] = rows;
    if (!user || !(await compare(password, user.password_hash))) return null;
    return { id: String(user.id), name: user.name, email: user.email };
  },
});

// With passwords, next-auth supports only JWT sessions. So for database sessions this has a provider that is never used,
// and the bench inserts the session's row itself.
const KINDS = {
  jwt: { session: { strategy: "jwt" }, providers: [credentials] },
  database: {
    session: { strategy: "database" },
    adapter: PostgresAdapter(pool),
    providers: [GitHubProvider({ clientId: "none", clientSecret: "none" })],
  },
};

export const options = { secret: process.env.NEXTAUTH_SECRET, ...KINDS[process.env.SESSIONS] };
