/**
 * Never shown: our guards redirect to the log-in page instead. Next.js sends this
 * along with every page anyway, so it is as small as possible.
 */
export default function Unauthorized() {
  return null;
}
