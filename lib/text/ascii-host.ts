/**
 * Normalises a host to the form that browsers send: lower case and ASCII (한국.example becomes
 * xn--3e0b707e.example). It may have `*.` before it and a port after it. A text that is not a host
 * only becomes lower case.
 */
export function asciiHost(text: string): string {
  const [, before = "", name = "", port = ""] = /^(\*\.)?([^\s/\\:?#@[\]%*]+)(:\d+)?$/.exec(text) ?? [];
  return name && URL.canParse(`https://${name}`)
    ? `${before}${new URL(`https://${name}`).hostname}${port}`
    : text.toLowerCase();
}
