import type { BrowserWords } from "@/lib/i18n/words";

/**
 * An address in words, with its place if that is known: "81.2.69.142 (London, United Kingdom)". In a file of its own, so
 * that pages can import it without the database of places.
 */
export function addressName(address: string, place: string | null | undefined, { t }: BrowserWords): string {
  return place ? t("browser.addressIn", { address, place }) : address;
}
