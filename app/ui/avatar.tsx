import { initialsOf } from "@/lib/text/initials";

type Props = {
  person: { id: string; name: string; email: string };
  size?: "small" | "large";
};

const SIZES = { small: "size-8 text-xs", large: "size-14 text-xl" };

/** The colours of app/globals.css. Written out, because Tailwind CSS looks for whole names. */
const GROUNDS = [
  "bg-(--avatar-1)",
  "bg-(--avatar-2)",
  "bg-(--avatar-3)",
  "bg-(--avatar-4)",
  "bg-(--avatar-5)",
  "bg-(--avatar-6)",
  "bg-(--avatar-7)",
  "bg-(--avatar-8)",
];

/** The initials of a person in a circle, to recognise them at a glance. Hidden from screen readers: their name is beside it. */
export function Avatar({ person: { id, name, email }, size = "small" }: Props) {
  return (
    <span
      aria-hidden="true"
      dir="auto"
      className={`inline-flex shrink-0 select-none items-center justify-center overflow-hidden rounded-full border border-transparent font-semibold text-ink ${SIZES[size]} ${groundOf(id)}`}
    >
      {initialsOf(name) || initialsOf(email)}
    </span>
  );
}

/** A colour that stays the same when the person changes their name. The end of an id is random, and its start is a time. */
function groundOf(id: string): string {
  return GROUNDS[Number.parseInt(id.slice(-4), 16) % GROUNDS.length] ?? "bg-(--avatar-1)";
}
