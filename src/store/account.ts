import { type Account, VISITED_LIFECYCLES } from "../model.ts";
import { seal, unseal, type Vault } from "../vault.ts";
import type { Db } from "./upsert.ts";

function selectAccounts(db: Db) {
  return db
    .selectFrom("account as a")
    .innerJoin("department as d", "d.code", "a.department_code")
    .select([
      "a.id",
      "a.code",
      "a.name",
      "a.department_code as department",
      "d.name as departmentName",
      "a.platform",
      "a.kind",
      "a.app_id as appId",
      "a.lifecycle",
      "a.rule_set as ruleSet",
      "a.opened_on as openedOn",
    ])
    .orderBy("a.code");
}

export async function listAccounts(db: Db): Promise<Account[]> {
  return await selectAccounts(db).execute();
}

export async function findAccount(db: Db, code: string): Promise<Account | null> {
  return (await selectAccounts(db).where("a.code", "=", code).executeTakeFirst()) ?? null;
}

export async function accountById(db: Db, id: number): Promise<Account | null> {
  return (await selectAccounts(db).where("a.id", "=", id).executeTakeFirst()) ?? null;
}

export async function listVisitedAccounts(db: Db): Promise<Account[]> {
  return await selectAccounts(db)
    .where("a.lifecycle", "in", [...VISITED_LIFECYCLES])
    .execute();
}

export const secretPlace = (accountId: number) => ({
  table: "credential",
  row: String(accountId),
  field: "app_secret",
});

export async function saveSecret(db: Db, vault: Vault, accountId: number, secret: string, now: Date): Promise<void> {
  const sealed = { app_secret: seal(vault, secretPlace(accountId), secret), updated_at: now };
  await db
    .insertInto("credential")
    .values({ account_id: accountId, ...sealed })
    .onConflict((conflict) => conflict.column("account_id").doUpdateSet(sealed))
    .execute();
}

/** In clear; null = none registered. */
export async function readSecret(db: Db, vault: Vault, accountId: number): Promise<string | null> {
  const row = await db
    .selectFrom("credential")
    .select("app_secret")
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return row ? unseal(vault, secretPlace(accountId), row.app_secret) : null;
}

export async function writeAudit(
  db: Db,
  entry: { at: Date; actor: string; action: string; subject: string; detail?: Record<string, unknown> },
): Promise<void> {
  await db
    .insertInto("audit")
    .values({ ...entry, detail: entry.detail ?? {} })
    .execute();
}
