import { ANYTHING, EMAIL, type Errors, PASSWORD, parseFields } from "./fields";

export type Credentials = { email: string; password: string; publicComputer: boolean };

/** The errors of the form, in words for the person who typed it: field by field, or as a whole. */
type LoginErrors = Errors<"email" | "password">;

/** What the user typed, to be put back into the form. Never includes the password. */
type Typed = { email: string; publicComputer: boolean };

type ParsedLogin = { typed: Typed; next: string } & ({ credentials: Credentials } | { errors: LoginErrors });

/** Parses the log-in form: what the user typed, and either the credentials or the errors. */
export function parseLogin(form: FormData): ParsedLogin {
  const parsed = parseFields(form, { email: EMAIL, password: PASSWORD, public: ANYTHING, next: ANYTHING });
  const publicComputer = parsed.typed.public === "on";
  const typed = { email: parsed.typed.email, publicComputer };
  const { next } = parsed.typed;

  if ("errors" in parsed) return { typed, next, errors: parsed.errors };
  const { email, password } = parsed.fields;
  return { typed, next, credentials: { email, password, publicComputer } };
}
