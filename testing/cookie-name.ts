/** The name of the session's cookie at this address: on plain http the port is in it. */
export function cookieName(url = String(process.env.APP_URL)): string {
  const { protocol, port } = new URL(url);
  return protocol === "https:" ? "__Host-session" : `session-${port}`;
}

/** The name of the cookie by which a browser is known again there. */
export function deviceName(url?: string): string {
  return cookieName(url).replace("session", "device");
}
