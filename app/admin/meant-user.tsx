import { Card } from "@/app/ui/card";
import { Isolated } from "@/app/ui/isolated";
import { address } from "@/app/ui/link/pager";
import { TextLink } from "@/app/ui/link/text-link";
import { USER_ID } from "@/lib/forms/fields";
import { findMeant, type ListedUser } from "@/lib/users/directory";
import { words } from "@/lib/words";

/** Several users whom the text in a field means. */
type Several = { users: ListedUser[]; hasMore: boolean };

type Meant = {
  /** The user meant; null if there is no text, or not one user. */
  user: ListedUser | null;
  several: Several | null;
  error?: string;
};

/** The user whom a text means: an id, an email, or a part of a name or email. Throws an Outage. */
export async function meantUser(text: string): Promise<Meant> {
  if (!text) return { user: null, several: null };
  const { users, hasMore } = await findMeant(text);
  const [user = null] = users;
  if (users.length > 1) return { user: null, several: { users, hasMore } };
  return { user, several: null, ...(!user && { error: words().say(USER_ID.message(text)) }) };
}

type Props = Several & {
  path: string;
  /** The query parameters of the page, with the text as `user`. */
  query: Record<string, string> & { user: string };
};

/** Links to the same page for each of several users. */
export function SeveralUsers({ users, hasMore, path, query }: Props) {
  const { t } = words();
  return (
    <Card title={t("adminPage.severalUsers")}>
      <ul className="divide-y divide-line text-sm">
        {users.map(({ id, name, email }) => (
          <li key={id} className="flex flex-wrap gap-x-3 py-2.5 wrap-anywhere">
            <TextLink href={address(path, { ...query, user: id })}>
              <Isolated>{name}</Isolated>
            </TextLink>
            <span className="text-muted">
              <Isolated>{email}</Isolated>
            </span>
          </li>
        ))}
      </ul>
      {hasMore && (
        <p className="mt-2 text-sm">
          <TextLink href={address("/admin/users", { search: query.user })}>{t("adminPage.allMatches")}</TextLink>
        </p>
      )}
    </Card>
  );
}
