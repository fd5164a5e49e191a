/** A browser in words, by what it says of itself: "Firefox on Linux". In a file of its own, for pages to have it without what reads it. */
export function browserName({ browser, system }: { browser: string; system: string | null }): string {
  return system ? `${browser} on ${system}` : browser;
}
