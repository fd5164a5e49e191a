import { withAuth } from "next-auth/middleware";

// The redirect that https://next-auth.js.org/configuration/nextjs#middleware shows. It reads JWTs only.
export default withAuth({});

// Not the dashboard, which checks for itself and is cheaper without.
export const config = { matcher: ["/private"] };
