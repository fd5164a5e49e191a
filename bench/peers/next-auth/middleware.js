import { withAuth } from "next-auth/middleware";

// The redirect from https://next-auth.js.org/configuration/nextjs#middleware. It reads only JWTs.
export default withAuth({});

// Excludes the dashboard, which checks the session itself and is cheaper without this.
export const config = { matcher: ["/private"] };
