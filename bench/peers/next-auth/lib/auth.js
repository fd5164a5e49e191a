import PostgresAdapter from "@auth/pg-adapter";
import { compare } from "bcryptjs";
import CredentialsProvider from "next-auth/providers/credentials";
import GitHubProvider from "next-auth/providers/github";
import { Pool } from "pg";

// As many connections as Latchkey has.
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

// With passwords, next-auth has its sessions in JWTs alone and refuses any other. So with sessions in the database there
// is a provider that nobody uses here, and the session's row is put there by hand.
const KINDS = {
  jwt: { session: { strategy: "jwt" }, providers: [credentials] },
  database: {
    session: { strategy: "database" },
    adapter: PostgresAdapter(pool),
    providers: [GitHubProvider({ clientId: "none", clientSecret: "none" })],
  },
};

export const options = { secret: process.env.NEXTAUTH_SECRET, ...KINDS[process.env.SESSIONS] };
