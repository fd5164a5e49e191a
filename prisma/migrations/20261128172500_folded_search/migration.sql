-- By hand: users are searched by a text in which one thing has one spelling, and
-- what is typed is folded by the same function. Compatibility forms (㈜, ②, full
-- width), upper and lower case (also ß, ς and İ), accents, jamo, and characters
-- that cannot be seen make no difference. By ICU, not by the database's locale.
CREATE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN normalize(
  upper(lower(regexp_replace(
    normalize($1, NFKD),
    '[\u00AD\u0300-\u036F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\U000E0000-\U000E0FFF]',
    '', 'g'
  ) COLLATE "und-x-icu") COLLATE "und-x-icu"),
  NFC
);

-- Each two characters that stand side by side in a text. They find it by an
-- index, in every script and also by two characters, where trigrams need three.
CREATE FUNCTION pairs(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
RETURN ARRAY(SELECT DISTINCT substr($1, n, 2) FROM generate_series(1, length($1) - 1) AS n);

ALTER TABLE "users" ADD COLUMN "search" text NOT NULL GENERATED ALWAYS AS (folded("email" || E'\n' || "name")) STORED;

CREATE INDEX "users_search" ON "users" USING gin (pairs("search"));
