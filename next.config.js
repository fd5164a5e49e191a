import { PHASE_PRODUCTION_BUILD } from "next/constants.js";

/** @type {import("next").NextConfig} */
const config = {
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
  // What would make pictures smaller, and nobody asks to: a third of the folder.
  outputFileTracingExcludes: { "*": ["node_modules/sharp/**", "node_modules/@img/**"] },
  // Nothing needs it, and it would fetch addresses that a visitor chooses.
  images: { unoptimized: true },
  // Where devices look for the icon that no page named to them.
  rewrites: () => [
    { source: "/apple-touch-icon.png", destination: "/apple-icon.png" },
    { source: "/apple-touch-icon-precomposed.png", destination: "/apple-icon.png" },
  ],
  // `middleware.ts` on the edge is meant: docs/decisions/0001-middleware-on-the-edge.md
};

/**
 * A build also puts together what it needs of the packages: cli/commands/standalone.ts
 * makes a folder of it that runs alone. A server that is told so would warn of itself.
 * @param {string} phase
 */
export default (phase) => (phase === PHASE_PRODUCTION_BUILD ? { ...config, output: "standalone" } : config);
