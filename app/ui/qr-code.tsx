import encode from "qr";

/** The empty border that readers need, in modules (ISO/IEC 18004). */
const QUIET = 4;

/** A text as a QR code: dark on white in every theme, because many readers know no other. Rendered by the server. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const rows = encode(text, "raw", { ecc: "medium", border: QUIET });
  const size = rows.length;
  // Each row is a line, one module wide, that is lifted over the white ones.
  const lines = rows.map((row, y) => `M0 ${y}.5${row.map((isDark) => (isDark ? "h1" : "m1 0")).join("")}`);

  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="aspect-square w-64 max-w-full rounded-lg border border-line forced-color-adjust-none"
    >
      <path d={`M0 0h${size}v${size}h-${size}z`} fill="#fff" />
      <path d={lines.join("")} stroke="#000" />
    </svg>
  );
}
