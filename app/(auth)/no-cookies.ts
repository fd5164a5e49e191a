/** The error shown instead of a log-in that would be lost on the next page. */
export const NO_COOKIES =
  "Your browser keeps no cookies of this site, so it cannot stay logged in. Allow cookies for this site, then try again.";
