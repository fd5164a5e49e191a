import { PHASE_DEVELOPMENT_SERVER, PHASE_PRODUCTION_BUILD } from "next/constants.js";

/** These start threads or open files and sockets, and must not be bundled. */
const UNBUNDLED = ["piscina", "nodemailer", "pino", "prom-client"];

/** Large packages, without which the development server compiles its first page in two thirds of the CPU time. */
const LARGE = [
  ...["zod", "ioredis", "tr46", "bowser", "@simplewebauthn/server"],
  ...["@zxcvbn-ts/core", "@zxcvbn-ts/language-common", "@zxcvbn-ts/language-en"],
];

/** @type {import("next").NextConfig} */
const config = {
  // The tests use a separate folder, so that they do not overwrite the running application's build.
  distDir: process.env.BUILD_DIR || ".next",
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm test` checks the types of all files, so a build need not repeat that.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: UNBUNDLED,
  experimental: {
    // For `forbidden()`, with which a guard anywhere can respond with a 403 page.
    authInterrupts: true,
    // A page's code is loaded at its first request. A server that loads all of it at its start takes a quarter longer.
    preloadEntriesOnStart: false,
  },
  // The image optimiser, which we do not use, would be a third of the standalone folder.
  outputFileTracingExcludes: { "*": ["node_modules/sharp/**", "node_modules/@img/**"] },
  // We do not need the optimiser, and it would fetch URLs that visitors choose.
  images: { unoptimized: true },
  // Devices request these paths without reading the page's icon links.
  rewrites: () => [
    { source: "/apple-touch-icon.png", destination: "/apple-icon.png" },
    { source: "/apple-touch-icon-precomposed.png", destination: "/apple-icon.png" },
  ],
  // We keep `middleware.ts` on purpose: docs/decisions/0001-keep-the-middleware-on-the-edge.md
};

/**
 * Sets `output: "standalone"` for builds only: Next.js then collects the packages that the application
 * needs, and cli/commands/standalone.ts makes a self-contained folder of them. A running server would
 * print a warning about the setting.
 * @param {string} phase
 */
export default (phase) => {
  if (phase === PHASE_PRODUCTION_BUILD) return { ...config, output: "standalone" };
  if (phase === PHASE_DEVELOPMENT_SERVER) return { ...config, serverExternalPackages: [...UNBUNDLED, ...LARGE] };
  return config;
};
