/** The machine that is tested on: in a third zone, and in a language whose I and i are two letters. */
export const ELSEWHERE = { TZ: "America/St_Johns", LC_ALL: "tr_TR.UTF-8" };
