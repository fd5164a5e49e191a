import Bowser from "bowser";

/** What a user agent claims to be, in words: "Firefox on Linux". A claim, so nothing may be decided by it. */
export function describeBrowser(userAgent: string | null): string {
  if (!userAgent) return "Unknown browser";

  const { browser, os } = Bowser.parse(userAgent);
  const name = browser.name ?? "Unknown browser";
  return os.name ? `${name} on ${os.name}` : name;
}
