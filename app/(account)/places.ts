/** The pages of a signed-in person, as every page leads to them. */
export const PAGES = [
  ["/dashboard", "Dashboard"],
  ["/sessions", "Sessions"],
  ["/activity", "Activity"],
  ["/account", "Account"],
] as const;

/** What else the commands (Ctrl K) lead to. */
export const PLACES = [
  ...PAGES,
  ["/account#password", "Change the password"],
  ["/sessions#others", "Sign out other browsers"],
] as const;

/** The same for administrators. */
export const ADMINISTRATION = [
  ["/admin", "Administration"],
  ["/admin/users", "All users"],
  ["/admin/users/new", "Make an account for somebody"],
  ["/admin/sessions", "All sessions"],
  ["/admin/activity", "The whole ledger"],
] as const;
