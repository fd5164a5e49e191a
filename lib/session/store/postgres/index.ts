import type { SessionStore } from "@/lib/session/store/contract";
import { confirm, dropConfirmation, extendConfirmation, rename, renew, touch } from "./change";
import { create } from "./create";
import { end } from "./end";
import { endSelected } from "./end-selected";
import { find, findEnding, isForeign, list, useOf } from "./find";
import { count, countActive, measure, search } from "./search";
import { countExpired, sweep } from "./sweep";

/** Sessions in a table of Postgres, beside the users and the ledger. */
export const postgres: SessionStore = {
  create,
  find,
  findEnding,
  list,
  useOf,
  isForeign,
  touch,
  renew,
  confirm,
  extendConfirmation,
  dropConfirmation,
  rename,
  end,
  search,
  count,
  measure,
  countActive,
  endSelected,
  sweep,
  countExpired,
};
