import { LOCALE_COOKIE, TIME_ZONE_COOKIE } from "@/lib/i18n/reader";
import { THEME_COOKIE } from "@/lib/theme";
import {
  deviceCookieName,
  endingCookieName,
  loginCookieName,
  noticeCookieName,
  proofCookieName,
  rotationCookieName,
  trialCookieName,
} from "./cookie";

const NAMES = {
  rotation: rotationCookieName,
  proof: proofCookieName,
  device: deviceCookieName,
  trial: trialCookieName,
  login: loginCookieName,
  notice: noticeCookieName,
  ending: endingCookieName,
  language: () => LOCALE_COOKIE,
  "time-zone": () => TIME_ZONE_COOKIE,
  theme: () => THEME_COOKIE,
};

type Purpose = keyof typeof NAMES;

/** Our cookies among those with these names, except the session cookie, each with its purpose. */
export function purposesOf(names: string[]): { name: string; purpose: Purpose }[] {
  return (Object.keys(NAMES) as Purpose[])
    .map((purpose) => ({ name: NAMES[purpose](), purpose }))
    .filter(({ name }) => names.includes(name));
}
