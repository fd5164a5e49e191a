/** The cookies by which a browser says which language and time zone its reader wants. They are no secrets, and prove nothing. */
export const LOCALE_COOKIE = "latchkey-locale";
export const TIME_ZONE_COOKIE = "latchkey-timezone";

/** How long a browser keeps them, in seconds: one year. */
export const READER_COOKIE_AGE = 31_536_000;
