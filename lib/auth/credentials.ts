import { z } from "zod";
import { readForm } from "@/lib/http/form";

/** An email address as accounts are found by it: one spelling, whatever the case and the Unicode form typed. */
export function normaliseEmail(email: string): string {
  return email.normalize("NFKC").trim().toLowerCase().normalize("NFKC");
}

const schema = z.object({
  // As long as RFC 5321 §4.5.3.1.3 lets one be.
  email: z
    .string()
    .transform(normaliseEmail)
    .pipe(
      z
        .string()
        .regex(/^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u)
        .max(254),
    ),
  password: z.string().min(1).max(1024),
  public: z.literal("on").optional(),
});

export type Credentials = { email: string; password: string; publicComputer: boolean };

/** What cannot be used of a form, and why, for the person who typed it: field by field, or as a whole. */
export type LoginErrors = { email?: string; password?: string; form?: string };

/** What was typed, to be put back into the form. The password never is. */
type Typed = { email: string; publicComputer: boolean };

export type ParsedLogin = { typed: Typed; next: string | undefined } & (
  | { credentials: Credentials }
  | { errors: LoginErrors }
);

/** What was typed into the log-in form, and what is wrong with each field of it, if anything. */
export function parseLogin(form: FormData): ParsedLogin {
  const fields = readForm(form, ["email", "password", "public", "next"]);
  const typed = { email: fields?.email ?? "", publicComputer: fields?.public !== undefined };
  const next = fields?.next;
  if (!fields) return { typed, next, errors: { form: "This form did not arrive as it was sent. Please try again." } };

  const { success, data, error } = schema.safeParse(fields);
  if (success) {
    const { email, password } = data;
    return { typed, next, credentials: { email, password, publicComputer: typed.publicComputer } };
  }

  const wrong = new Set(error.issues.map(({ path }) => path[0]));
  return {
    typed,
    next,
    errors: {
      ...(wrong.has("email") && { email: "Enter your email address, such as name@example.com." }),
      ...(wrong.has("password") && { password: fields.password ? "This is too long." : "Enter your password." }),
    },
  };
}
