import type { Metadata, Viewport } from "next";
import { connection } from "next/server";
import type { ReactNode } from "react";
import { refuseStrayPost } from "@/lib/request-context";
import "./globals.css";

export const metadata: Metadata = {
  title: { template: "%s · Latchkey", default: "Latchkey" },
  description: "Sign-in where the server keeps the session, and out means out.",
};

export const viewport: Viewport = {
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fafaf9" },
    { media: "(prefers-color-scheme: dark)", color: "#131211" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  refuseStrayPost();
  // Render every page per request: a prerendered page could not contain the
  // nonce that its scripts need to run.
  await connection();

  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
