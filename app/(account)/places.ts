/** The private pages in the main navigation. */
export const PAGES = [
  ["/dashboard", "Dashboard"],
  ["/sessions", "Sessions"],
  ["/activity", "Activity"],
  ["/account", "Account"],
] as const;

/** The destinations in the commands dialog (Ctrl K). */
export const PLACES = [
  ...PAGES,
  ["/account#password", "Change the password"],
  ["/sessions#others", "Sign out other browsers"],
] as const;

/** Further destinations in the commands dialog, for administrators. */
export const ADMINISTRATION = [
  ["/admin", "Administration"],
  ["/admin/users", "All users"],
  ["/admin/users/new", "Make an account for somebody"],
  ["/admin/sessions", "All sessions"],
  ["/admin/activity", "The whole ledger"],
] as const;
