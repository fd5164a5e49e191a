/** The name of the session cookie at a URL. On plain http it contains the port. */
export function cookieName(url = String(process.env.APP_URL)): string {
  const { protocol, port } = new URL(url);
  return protocol === "https:" ? "__Host-session" : `session-${port}`;
}

/** The name of the device cookie at a URL, by which a browser is recognised. */
export function deviceName(url?: string): string {
  return cookieName(url).replace("session", "device");
}
