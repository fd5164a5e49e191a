import { readFileSync } from "node:fs";
import bcrypt from "bcryptjs";
import connectPgSimple from "connect-pg-simple";
import express from "express";
import session from "express-session";
import pg from "pg";

// The same number of connections as Latchkey.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const Store = connectPgSimple(session);
const page = readFileSync(process.env.PAGE, "utf8");

const app = express();
app.disable("x-powered-by");
// Set up as in the documentation of both packages. By default, each request extends the row's expiry.
app.use(
  session({
    store: new Store({ pool }),
    secret: process.env.SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: "lax", maxAge: 7 * 24 * 60 * 60 * 1000 },
  }),
);

app.get("/api/session", ({ session }, response) => {
  if (!session.user) return response.status(401).json({ status: 401 });
  response.json({ user: session.user, session: { expires: session.cookie.expires } });
});

app.get("/dashboard", ({ session }, response) => {
  if (!session.user) return response.redirect(307, "/login");
  const { name, email } = session.user;
  response.type("html").send(page.replaceAll("{name}", name).replaceAll("{email}", email));
});

app.post("/login", express.urlencoded(), async (request, response, next) => {
  const { email, password } = request.body;
  const { rows } = await pool.query("SELECT id, name, email, password_hash FROM users WHERE email = $1", [email]);
  const [found] = rows;
  if (!found || !(await bcrypt.compare(password, found.password_hash))) return response.status(401).end();

  // A new id makes a planted one worthless: https://expressjs.com/en/resources/middleware/session.html
  request.session.regenerate((error) => {
    if (error) return next(error);
    // The user is stored in the session, as in the documentation: no request reads the user's row or notices a change.
    request.session.user = { id: found.id, name: found.name, email: found.email };
    request.session.save((error) => (error ? next(error) : response.redirect(303, "/dashboard")));
  });
});

app.listen(process.env.PORT, "127.0.0.1");
