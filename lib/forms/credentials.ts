import { ANYTHING, EMAIL, type Errors, PASSWORD, parseFields } from "./fields";

export type Credentials = { email: string; password: string; publicComputer: boolean };

/** What cannot be used of a form, and why, for the person who typed it: field by field, or as a whole. */
type LoginErrors = Errors<"email" | "password">;

/** What was typed, to be put back into the form. The password never is. */
type Typed = { email: string; publicComputer: boolean };

type ParsedLogin = { typed: Typed; next: string } & ({ credentials: Credentials } | { errors: LoginErrors });

/** What was typed into the log-in form, and what is wrong with each field of it, if anything. */
export function parseLogin(form: FormData): ParsedLogin {
  const parsed = parseFields(form, { email: EMAIL, password: PASSWORD, public: ANYTHING, next: ANYTHING });
  const publicComputer = parsed.typed.public === "on";
  const typed = { email: parsed.typed.email, publicComputer };
  const { next } = parsed.typed;

  if ("errors" in parsed) return { typed, next, errors: parsed.errors };
  const { email, password } = parsed.fields;
  return { typed, next, credentials: { email, password, publicComputer } };
}
