/** The name of the session's cookie at this address: on plain http the port is in it. */
export function cookieName(url = String(process.env.APP_URL)): string {
  const { protocol, port } = new URL(url);
  return protocol === "https:" ? "__Host-session" : `session-${port}`;
}

/** The name of the device cookie there, by which a browser is recognised. */
export function deviceName(url?: string): string {
  return cookieName(url).replace("session", "device");
}
