/**
 * A browser in words, as it describes itself: "Firefox on Linux". In a file of its own, so that
 * pages can import it without the parser of user agents.
 */
export function browserName({ browser, system }: { browser: string; system: string | null }): string {
  return system ? `${browser} on ${system}` : browser;
}
