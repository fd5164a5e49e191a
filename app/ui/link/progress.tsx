/**
 * A thin line at the top of the window while a page loads or a form is sent. It takes no space, and
 * does not appear if the response is fast.
 */
export function Progress() {
  return (
    <span
      data-progress
      aria-hidden="true"
      className="pointer-events-none fixed inset-x-0 top-0 z-20 h-1 animate-progress overflow-hidden bg-line print:hidden"
    >
      <span className="block h-full w-1/3 animate-progress-run bg-focus forced-colors:bg-[Highlight]" />
    </span>
  );
}
