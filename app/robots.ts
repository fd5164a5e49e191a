import type { MetadataRoute } from "next";

/** Search engines should index nothing here: every page is private, or a form. */
export default function robots(): MetadataRoute.Robots {
  return { rules: { userAgent: "*", disallow: "/" } };
}
