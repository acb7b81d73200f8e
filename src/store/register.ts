import { UserError } from "../errors.ts";
import type { Kind, Lifecycle } from "../model.ts";
import type { Vault } from "../vault.ts";
import { readSecret, saveSecret, writeAudit } from "./account.ts";
import { forgetForeign } from "./pages.ts";
import { forgetToken } from "./token.ts";
import type { Db } from "./upsert.ts";
import { makeDue } from "./visit.ts";

/** An account as the register gives it; what is left out keeps its stored value, or the default when it is new. */
export interface RegisterEntry {
  code: string;
  department?: string;
  name?: string;
  platform?: string;
  kind?: Kind | null;
  appId?: string;
  originalId?: string | null;
  lifecycle?: Lifecycle;
  ruleSet?: string;
  contactName?: string | null;
  contactChannel?: string | null;
  contactTarget?: string | null;
  openedOn?: string | null;
  secret?: string;
}

export interface Author {
  actor: string;
  action: string;
  at: Date;
}

const COLUMNS = {
  department: "department_code",
  name: "name",
  platform: "platform",
  kind: "kind",
  appId: "app_id",
  originalId: "original_id",
  lifecycle: "lifecycle",
  ruleSet: "rule_set",
  contactName: "contact_name",
  contactChannel: "contact_channel",
  contactTarget: "contact_target",
  openedOn: "opened_on",
} as const;

export async function saveDepartment(db: Db, code: string, name: string | undefined): Promise<void> {
  await db
    .insertInto("department")
    .values({ code, name: name ?? code })
    .onConflict((conflict) =>
      name === undefined ? conflict.doNothing() : conflict.column("code").doUpdateSet({ name }),
    )
    .execute();
}

export type SavedEntry = { id: number; outcome: "created" | "updated" | "unchanged" };

/**
 * Creates or updates one account by its code, with its secret. New credentials void the old token and make the account
 * due at once; each change is audited by field name, without values.
 */
export async function saveEntry(
  db: Db,
  vault: Vault,
  entry: RegisterEntry,
  defaults: { platform: string; ruleSet: string },
  author: Author,
): Promise<SavedEntry> {
  const stored = await db
    .selectFrom("account")
    .selectAll()
    .where("code", "=", entry.code)
    .forNoKeyUpdate()
    .executeTakeFirst();
  const given = Object.fromEntries(
    Object.entries(COLUMNS).flatMap(([field, column]) => {
      const value = entry[field as keyof typeof COLUMNS];
      return value === undefined ? [] : [[column, value]];
    }),
  );
  const changed = stored
    ? Object.keys(given).filter((column) => given[column] !== stored[column as keyof typeof stored])
    : Object.keys(given);

  let id: number;
  if (!stored) {
    const row = await db
      .insertInto("account")
      .values({
        code: entry.code,
        department_code: entry.department ?? "",
        name: entry.name ?? entry.code,
        platform: defaults.platform,
        app_id: entry.appId ?? "",
        lifecycle: "running",
        rule_set: defaults.ruleSet,
        created_at: author.at,
        ...given,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    id = row.id;
  } else {
    id = stored.id;
    if (changed.length > 0) await db.updateTable("account").set(given).where("id", "=", id).execute();
  }

  if (entry.secret !== undefined && (await readableSecret(db, vault, id)) !== entry.secret) {
    await saveSecret(db, vault, id, entry.secret, author.at);
    changed.push("app_secret");
  }
  if (stored && changed.includes("original_id")) await forgetForeign(db, id);
  if (changed.includes("app_secret") || changed.includes("app_id")) {
    await forgetToken(db, stored?.app_id ?? entry.appId ?? "");
    await makeDue(db, id, author.at);
  }
  if (changed.length > 0) {
    await writeAudit(db, { ...author, subject: `account ${entry.code}`, detail: { fields: changed } });
  }
  return { id, outcome: !stored ? "created" : changed.length > 0 ? "updated" : "unchanged" };
}

/** A secret whose master key was lost counts as none: a new one must be able to replace it. */
async function readableSecret(db: Db, vault: Vault, accountId: number): Promise<string | null> {
  try {
    return await readSecret(db, vault, accountId);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** Moves every account of `from` to `into`; their history follows, as it belongs to the accounts. */
export async function mergeDepartments(db: Db, from: string, into: string, author: Author): Promise<number> {
  const moved = await db
    .updateTable("account")
    .set({ department_code: into })
    .where("department_code", "=", from)
    .returning("code")
    .execute();
  await db.deleteFrom("department").where("code", "=", from).execute();
  await writeAudit(db, {
    ...author,
    subject: `department ${from}`,
    detail: { into, accounts: moved.map((row) => row.code) },
  });
  return moved.length;
}
