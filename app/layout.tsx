import type { Metadata, Viewport } from "next";
import { connection } from "next/server";
import type { ReactNode } from "react";
import { KeepTyped } from "@/app/ui/form/keep-typed";
import { Logo } from "@/app/ui/logo";
import { PageFooter } from "@/app/ui/page-footer";
import { PageWords } from "@/app/ui/page-words";
import { ScreenParts } from "@/app/ui/screen-parts";
import { PageTheme } from "@/app/ui/theme-form";
import { brandLogo, brandStyle } from "@/lib/brand";
import { env } from "@/lib/env";
import { currentTheme, refuseStrayPost } from "@/lib/request-context";
import { currentSession } from "@/lib/session/current";
import { GROUNDS } from "@/lib/theme";
import { words } from "@/lib/words";
import "./globals.css";

export function generateMetadata(): Metadata {
  const product = env().PRODUCT_NAME;
  return {
    title: { template: `%s · ${product}`, default: product },
    description: words().t("common.description"),
  };
}

/** The browser's own colours: around the page, and of the page until the style sheet has loaded. */
export function generateViewport(): Viewport {
  const theme = currentTheme();
  if (theme !== "system") return { colorScheme: theme, themeColor: GROUNDS[theme] };
  return {
    colorScheme: "light dark",
    themeColor: [
      { media: "(prefers-color-scheme: light)", color: GROUNDS.light },
      { media: "(prefers-color-scheme: dark)", color: GROUNDS.dark },
    ],
  };
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  refuseStrayPost();
  // Render every page per request: a prerendered page could not contain the
  // nonce that its scripts need to run.
  await connection();
  // Before `words`: the session has the language that the user chose.
  await currentSession();
  const { locale, dir, timeZone } = words();
  const { PRODUCT_NAME, HELP_URL } = env();
  const given = { locale, timeZone, product: PRODUCT_NAME, logo: brandLogo()?.address ?? null, help: HELP_URL ?? null };

  const brand = brandStyle();
  const theme = currentTheme();

  return (
    <html lang={locale} dir={dir} data-theme={theme}>
      {brand && (
        <head>
          {/* biome-ignore lint/security/noDangerouslySetInnerHtml: made of a setting that is a colour, and allowed by its hash */}
          <style dangerouslySetInnerHTML={{ __html: brand.text }} />
        </head>
      )}
      <body>
        <PageWords {...given}>
          <KeepTyped />
          <PageTheme theme={theme}>
            <ScreenParts logo={<Logo />} footer={<PageFooter />}>
              {children}
            </ScreenParts>
          </PageTheme>
        </PageWords>
      </body>
    </html>
  );
}
