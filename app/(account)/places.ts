/** The private pages in the main navigation: paths, the keys of their names, and the letters after G that lead there. */
export const PAGES = [
  ["/dashboard", "frame.dashboard", "d"],
  ["/sessions", "frame.sessions", "s"],
  ["/activity", "frame.activity", "a"],
  ["/account", "frame.account", "c"],
] as const;

/** The destinations in the commands dialog (Ctrl K). */
export const PLACES = [
  ...PAGES,
  ["/account#password", "frame.changePassword"],
  ["/account/security", "frame.security"],
  ["/sessions#others", "frame.signOutOthers"],
  ["/sessions/timeline", "frame.timeline"],
  ["/sessions/phone", "frame.phone"],
  ["/dashboard/how-it-works", "frame.howItWorks"],
] as const;

/** Further destinations in the commands dialog, for administrators. */
export const ADMINISTRATION = [
  ["/admin", "frame.administration", "o"],
  ["/admin/users", "frame.allUsers", "u"],
  ["/admin/users/new", "frame.newUser"],
  ["/admin/sessions", "frame.allSessions", "e"],
  ["/admin/activity", "frame.ledger", "l"],
] as const;

/** The destinations for a user. */
export function placesFor(isAdministrator: boolean) {
  return [...PLACES, ...(isAdministrator ? ADMINISTRATION : [])];
}
