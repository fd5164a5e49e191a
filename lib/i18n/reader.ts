/** The cookies with the reader's language and time zone. They are not secret, and no decision about access uses them. */
export const LOCALE_COOKIE = "latchkey-locale";
export const TIME_ZONE_COOKIE = "latchkey-timezone";

/** How long a browser keeps these cookies, in seconds: one year. */
export const READER_COOKIE_AGE = 31_536_000;
