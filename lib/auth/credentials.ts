import { z } from "zod";

/** An email address as accounts are found by it: one spelling, whatever the case and the Unicode form typed. */
export function normaliseEmail(email: string): string {
  return email.normalize("NFKC").trim().toLowerCase().normalize("NFKC");
}

const schema = z.object({
  // As long as RFC 5321 §4.5.3.1.3 lets one be. A NUL cannot be stored, so nobody's has one.
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

/** Which fields of the form cannot be used, and why, for the person who typed them. */
export type FieldErrors = { email?: string; password?: string };

/** What was typed into the log-in form, or what is wrong with each field of it. */
export function parseCredentials(form: FormData): { credentials: Credentials } | { errors: FieldErrors } {
  const { success, data, error } = schema.safeParse(Object.fromEntries(form));
  if (success) {
    return { credentials: { email: data.email, password: data.password, publicComputer: data.public === "on" } };
  }

  const wrong = new Set(error.issues.map(({ path }) => path[0]));
  return {
    errors: {
      ...(wrong.has("email") && { email: "Enter your email address, such as name@example.com." }),
      ...(wrong.has("password") && { password: form.get("password") ? "This is too long." : "Enter your password." }),
    },
  };
}
