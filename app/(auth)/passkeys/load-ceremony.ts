/** Whether this browser can use passkeys at this address. Browsers have none for an IP address. */
export function canUsePasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && !/^[\d.]+$|:/.test(location.hostname);
}

/** Loads what a page asks the browser to do with passkeys. */
export function loadCeremony() {
  return import("./ceremony");
}
