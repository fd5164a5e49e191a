/** The private pages in the main navigation: paths, and the keys of their names. */
export const PAGES = [
  ["/dashboard", "frame.dashboard"],
  ["/sessions", "frame.sessions"],
  ["/activity", "frame.activity"],
  ["/account", "frame.account"],
] as const;

/** The destinations in the commands dialog (Ctrl K). */
export const PLACES = [
  ...PAGES,
  ["/account#password", "frame.changePassword"],
  ["/sessions#others", "frame.signOutOthers"],
  ["/sessions/timeline", "frame.timeline"],
  ["/sessions/phone", "frame.phone"],
] as const;

/** Further destinations in the commands dialog, for administrators. */
export const ADMINISTRATION = [
  ["/admin", "frame.administration"],
  ["/admin/users", "frame.allUsers"],
  ["/admin/users/new", "frame.newUser"],
  ["/admin/sessions", "frame.allSessions"],
  ["/admin/activity", "frame.ledger"],
] as const;
