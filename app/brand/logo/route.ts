import { brandLogo } from "@/lib/brand";

/** The site's own logo. Its address changes with its content, so browsers may keep it. */
export function GET(): Response {
  const logo = brandLogo();
  if (!logo) return new Response("This site has no logo of its own.\n", { status: 404 });
  return new Response(logo.file, {
    headers: {
      "Content-Type": logo.type,
      "Cache-Control": "public, max-age=31536000, immutable",
      // An SVG that is opened by itself must not run scripts.
      "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    },
  });
}
