-- By hand, because Prisma's schema has no collations: administrators can list users in the order of their names.
CREATE INDEX "users_in_order_of_name" ON "users" ("name" COLLATE "und-x-icu", "id");
