import { ButtonLink } from "@/app/ui/link/button-link";
import { Logo } from "@/app/ui/logo";

const PROMISES = [
  [
    "The browser carries a proof",
    "One opaque, sealed id in a cookie that no script can read. Nothing else leaves the server.",
  ],
  [
    "The server keeps the state",
    "A session is a row. Delete it, and the very next request with that cookie is refused.",
  ],
  ["Out means out", "Logging out deletes the row first and then the cookie. If it cannot, it says so."],
] as const;

export default function FrontPage() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-3xl flex-col justify-center gap-10 px-5 py-12">
      <Logo />
      <div className="flex flex-col gap-4">
        <h1 className="text-3xl font-semibold tracking-tight text-balance sm:text-4xl">
          Sign-in where the server keeps the session.
        </h1>
        <p className="max-w-prose text-lg text-muted">
          Log in, see who you are to this site and what it keeps about that, and log out for good.
        </p>
      </div>
      <div className="flex gap-3">
        <ButtonLink href="/login">Log in</ButtonLink>
        <ButtonLink href="/dashboard" kind="secondary">
          Dashboard
        </ButtonLink>
      </div>
      <ul className="grid gap-6 border-t border-line pt-8 sm:grid-cols-3">
        {PROMISES.map(([title, text]) => (
          <li key={title}>
            <h2 className="font-medium">{title}</h2>
            <p className="mt-1 text-sm leading-5 text-muted">{text}</p>
          </li>
        ))}
      </ul>
    </main>
  );
}
