-- By hand: a domain has two spellings, in Unicode and in ASCII, and browsers
-- send either. One is stored, in Unicode (lib/auth/email), and the table says so.

-- The text that a label of a domain stands for: xn--3e0b707e is 한국 (RFC 3492).
-- A label that stands for none stays as it is.
CREATE FUNCTION decoded_label(label text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  code text := substr(label, 5);
  basic int := length(code) - position('-' IN reverse(code));
  letters text[] := CASE WHEN code LIKE '%-%' THEN string_to_array(left(code, basic), NULL) ELSE '{}' END;
  digits int[];
  digit int;
  n bigint := 128;
  i bigint := 0;
  before bigint;
  bias bigint := 72;
  weight bigint;
  threshold bigint;
  k bigint;
  at int := 1;
BEGIN
  IF label NOT LIKE 'xn--_%' THEN
    RETURN label;
  END IF;
  SELECT array_agg(strpos('abcdefghijklmnopqrstuvwxyz0123456789', letter) - 1 ORDER BY place) INTO digits
    FROM unnest(string_to_array(CASE WHEN code LIKE '%-%' THEN substr(code, basic + 2) ELSE code END, NULL))
         WITH ORDINALITY AS l (letter, place);

  WHILE at <= cardinality(digits) LOOP
    before := i;
    weight := 1;
    k := 36;
    LOOP
      digit := digits[at];
      IF digit IS NULL OR digit < 0 OR i > 1000000000 OR weight > 1000000000 THEN
        RETURN label;
      END IF;
      at := at + 1;
      i := i + digit * weight;
      threshold := greatest(1, least(26, k - bias));
      EXIT WHEN digit < threshold;
      weight := weight * (36 - threshold);
      k := k + 36;
    END LOOP;

    bias := CASE WHEN before = 0 THEN (i - before) / 700 ELSE (i - before) / 2 END;
    bias := bias + bias / (cardinality(letters) + 1);
    k := 0;
    WHILE bias > 455 LOOP
      bias := bias / 35;
      k := k + 36;
    END LOOP;
    bias := k + 36 * bias / (bias + 38);

    n := n + i / (cardinality(letters) + 1);
    i := i % (cardinality(letters) + 1);
    IF n > 1114111 OR n BETWEEN 55296 AND 57343 THEN
      RETURN label;
    END IF;
    letters := letters[:i] || chr(n::int) || letters[i + 1:];
    i := i + 1;
  END LOOP;
  RETURN CASE WHEN array_to_string(letters, '') IS NFKC NORMALIZED AND array_to_string(letters, '') !~ '[\u0080-\u00A0\u00AD]'
              THEN array_to_string(letters, '') ELSE label END;
END $$;

-- An address with its domain in Unicode, with full stops only, and none at the end.
CREATE FUNCTION one_spelling(email text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN email !~ '@.*(xn--|[.。]$|。)' THEN email ELSE
  split_part(email, '@', 1) || '@' || (
    SELECT string_agg(decoded_label(label), '.' ORDER BY place)
      FROM unnest(string_to_array(rtrim(translate(split_part(email, '@', 2), '。', '.'), '.'), '.'))
           WITH ORDINALITY AS l (label, place))
END;

-- Where two accounts have one address in two spellings, the one that was used
-- last keeps it. The other account stays, with everything in it: it gets the
-- address with a part of its id (RFC 5233), and its ledger says so.
ALTER TABLE "users" DROP CONSTRAINT "users_email_normalised";

CREATE TEMPORARY TABLE respelled ON COMMIT DROP AS
  SELECT u.id, u.email, one_spelling(u.email) AS spelled,
         row_number() OVER (
           PARTITION BY one_spelling(u.email)
           ORDER BY u.disabled_at IS NOT NULL,
                    greatest(u.created_at,
                             (SELECT max(last_seen_at) FROM sessions WHERE user_id = u.id),
                             (SELECT max(last_login_at) FROM known_browsers WHERE user_id = u.id)) DESC,
                    u.id) AS place
    FROM users u;

INSERT INTO "ledger" ("event", "user_id", "reason", "note")
  SELECT 'user_updated', id, 'email',
         'Two accounts had the address ' || spelled || ' in two spellings. The other one was used last and keeps it. Log in here with '
           || regexp_replace(spelled, '@', '+' || right(id::text, 12) || '@')
    FROM respelled WHERE place > 1;

UPDATE "users" u SET "email" = regexp_replace(r.spelled, '@', '+' || right(r.id::text, 12) || '@')
  FROM respelled r WHERE r.id = u.id AND r.place > 1;
UPDATE "users" u SET "email" = r.spelled FROM respelled r WHERE r.id = u.id AND r.place = 1 AND r.spelled <> u.email;
UPDATE "links" SET "email" = one_spelling("email") WHERE "email" <> one_spelling("email");
UPDATE "mails" SET "recipient" = one_spelling("recipient") WHERE "recipient" <> one_spelling("recipient");

-- The local part in lower case by ICU, not by the database's locale, which may
-- know no more than ASCII. (Domains keep what registries keep.)
ALTER TABLE "users" ADD CONSTRAINT "users_email_normalised" CHECK (
  "email" IS NFKC NORMALIZED
  AND split_part("email", '@', 1) = lower(split_part("email", '@', 1) COLLATE "und-x-icu")
  AND "email" = one_spelling("email")
  AND "email" !~ '[A-Z]'
);
