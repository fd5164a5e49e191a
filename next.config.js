/** @type {import("next").NextConfig} */
export default {
  // The tests build into a folder of their own, beside the running application.
  distDir: process.env.BUILD_DIR || ".next",
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm test` checks the types, of everything; a build is for who runs it.
  typescript: { ignoreBuildErrors: true },
  // They start threads, open files and sockets: as they are, and not as parts of a bundle.
  serverExternalPackages: ["piscina", "nodemailer", "pino", "prom-client"],
  // For `forbidden()`: a 403 that is a page, from wherever a guard says so.
  experimental: { authInterrupts: true },
  // Nothing needs it, and it would fetch addresses that a visitor chooses.
  images: { unoptimized: true },
  // `middleware.ts` on the edge is meant: docs/decisions/0001-middleware-on-the-edge.md
};
