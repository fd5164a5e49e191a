import type { SessionStore } from "@/lib/session/store/contract";
import {
  bind,
  confirm,
  dropConfirmation,
  extendConfirmation,
  holdSession,
  prove,
  rename,
  renew,
  touch,
  unbind,
} from "./change";
import { create } from "./create";
import { end } from "./end";
import { find, findEnding, findWith, isForeign, list, useOf } from "./find";
import { count, countActive, endSelected, measure, search } from "./search";
import { countExpired, sweep } from "./sweep";

/**
 * The session store in the memory of one process, for development and tests: a restart ends all sessions.
 * Users and ledger are in Postgres.
 */
export const memory: SessionStore = {
  create,
  find,
  findEnding,
  findWith,
  list,
  useOf,
  isForeign,
  touch,
  renew,
  bind,
  prove,
  unbind,
  confirm,
  extendConfirmation,
  dropConfirmation,
  hold: holdSession,
  rename,
  end,
  search,
  count,
  measure,
  countActive,
  endSelected,
  sweep,
  countExpired,
  // It reads the row of a session's user at each look-up.
  changed: async () => {},
};
