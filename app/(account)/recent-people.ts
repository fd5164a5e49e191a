// The users whom an administrator opened last. A tab keeps only their ids, until it is closed or the session ends.
// Their names come from the server, which checks the role.

/** The maximum number of ids to keep. */
const KEPT = 5;

const NAME = "latchkey-recent-people";

/** The ids of the users whom this administrator opened in this tab, the last one first. */
export function recentPeople(administrator: string): string[] {
  try {
    const { by, ids } = JSON.parse(sessionStorage.getItem(NAME) ?? "{}");
    return by === administrator && Array.isArray(ids) ? ids.map(String).slice(0, KEPT) : [];
  } catch {
    // The browser refuses storage, or something else wrote there.
    return [];
  }
}

/** Notes that the administrator opened a user. */
export function rememberPerson(administrator: string, id: string): void {
  const ids = [id, ...recentPeople(administrator).filter((each) => each !== id)].slice(0, KEPT);
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ by: administrator, ids }));
  } catch {}
}

/** Forgets these users, because the session has ended. */
export function forgetPeople(): void {
  try {
    sessionStorage.removeItem(NAME);
  } catch {}
}
