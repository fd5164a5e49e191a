import NextAuth from "next-auth";
import { options } from "../../../../lib/auth";

const answer = NextAuth(options);

export { answer as GET, answer as POST };
