/** The CSS classes of an input. Apart from the fields, so that a server component can use them, too. */
export const INPUT =
  "block min-h-11 w-full rounded-lg border border-control bg-surface px-3 text-base text-ink aria-invalid:border-danger sm:min-h-10 sm:text-sm";
