import type { MetadataRoute } from "next";

/** Nothing here is worth finding by a search: it is private, or a form. */
export default function robots(): MetadataRoute.Robots {
  return { rules: { userAgent: "*", disallow: "/" } };
}
