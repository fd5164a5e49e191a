/**
 * Nothing here asks Next.js for this page: a guard leads to the log-in page
 * instead. Next.js sends it along with every other page, though, in case it is
 * wanted, so it is as small as can be.
 */
export default function Unauthorized() {
  return null;
}
