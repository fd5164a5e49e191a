/**
 * A host, or `*.` and one, perhaps with a port, as browsers and their headers have it: in lower case, and
 * in ASCII (한국.example is xn--3e0b707e.example). A text that is no host comes back in lower case.
 */
export function asciiHost(text: string): string {
  const [, before = "", name = "", port = ""] = /^(\*\.)?([^\s/\\:?#@[\]%*]+)(:\d+)?$/.exec(text) ?? [];
  return name && URL.canParse(`https://${name}`)
    ? `${before}${new URL(`https://${name}`).hostname}${port}`
    : text.toLowerCase();
}
