import type { Metadata } from "next";
import { Card } from "@/app/ui/card";
import { requireRole } from "@/lib/session/current";
import { AdminPage } from "../../admin-page";
import { NewUserForm } from "./new-user-form";

export const metadata: Metadata = { title: "New account" };

export default async function NewUserPage() {
  const found = await requireRole("admin");

  return (
    <AdminPage found={found} title="New account">
      <div className="max-w-lg">
        <Card title="Whose it is">
          <NewUserForm />
        </Card>
      </div>
    </AdminPage>
  );
}
