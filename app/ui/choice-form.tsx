"use client";

import { usePathname, useSearchParams } from "next/navigation";

type Choice = { value: string; text: string; isChosen: boolean; lang?: string };

type Props = {
  /** The route that stores the choice. It leads back to the page at the field `back`. */
  action: string;
  label: string;
  /** The name of the field with the choice. */
  name: string;
  choices: Choice[];
};

/** A button for each of a few choices, in a plain form that leads back to this page. Works without JavaScript. */
export function ChoiceForm({ action, label, name, choices }: Props) {
  const [path, query] = [usePathname(), useSearchParams().toString()];

  return (
    <form
      method="post"
      action={action}
      aria-label={label}
      // Every page has several of these buttons, so the form has their classes, once.
      className="flex flex-wrap gap-x-4 text-sm text-muted print:hidden *:[button]:min-h-11 *:[button]:hover:text-ink *:aria-[current]:font-medium *:aria-[current]:text-ink sm:*:[button]:min-h-8 forced-colors:*:aria-[current]:underline"
    >
      <input type="hidden" name="back" value={query ? `${path}?${query}` : path} />
      {choices.map(({ value, text, isChosen, lang }) => (
        <button
          key={value}
          type="submit"
          name={name}
          value={value}
          lang={lang}
          aria-current={isChosen ? "true" : undefined}
        >
          {text}
        </button>
      ))}
    </form>
  );
}
