import type { SessionStore } from "@/lib/session/store/contract";
import { changed } from "@/lib/session/store/redis/mirror";
import { bind, confirm, dropConfirmation, extendConfirmation, prove, rename, renew, touch, unbind } from "./change";
import { create } from "./create";
import { end } from "./end";
import { endSelected } from "./end-selected";
import { find, findEnding, isForeign, list, useOf } from "./find";
import { findWith } from "./find-with";
import { hold } from "./lock";
import { count, countActive, measure, search } from "./search";
import { countExpired, sweep } from "./sweep";

/** The session store in Postgres: a table beside users and ledger. */
export const postgres: SessionStore = {
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
  hold,
  rename,
  end,
  search,
  count,
  measure,
  countActive,
  endSelected,
  sweep,
  countExpired,
  changed,
};
