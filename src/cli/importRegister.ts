import type { Kysely } from "kysely";
import { refreshCurrent } from "../collectors/current.ts";
import { UserError } from "../errors.ts";
import { DEFAULT_RULE_SET, type RuleSets } from "../rules/sets.ts";
import type { Database } from "../store/database.ts";
import { type Author, saveDepartment, saveEntry } from "../store/register.ts";
import type { Vault } from "../vault.ts";
import { checkRows, type RegisterFault, type RegisterRow } from "./register.ts";

export const REGISTER_DEFAULTS = { platform: "wechat", ruleSet: DEFAULT_RULE_SET };

export interface ImportReport {
  created: number;
  updated: number;
  unchanged: number;
  faults: RegisterFault[];
}

/** Thrown to undo a transaction whose outcome was only asked for. */
class DryRun extends Error {}

/** Rows whose AppID an account outside the file has already. */
async function takenAppIds(
  db: Kysely<Database>,
  rows: ReturnType<typeof checkRows>["checked"],
): Promise<RegisterFault[]> {
  const codes = new Set(rows.map((row) => row.entry.code));
  const stored = await db
    .selectFrom("account")
    .select(["code", "app_id", "platform"])
    .where("lifecycle", "<>", "closed")
    .execute();
  const owner = new Map(stored.filter((row) => !codes.has(row.code)).map((row) => [row.app_id, row.code]));
  return rows.flatMap(({ line, entry }) => {
    const code = owner.get(entry.appId ?? "");
    if (code === undefined || entry.lifecycle === "closed") return [];
    return [{ line, column: "app_id", message: `belongs to the registered account ${code}` }];
  });
}

/** Imports all rows or, when one is faulty, none; with `dryRun` none in any case. */
export async function importRegister(
  db: Kysely<Database>,
  vault: Vault,
  ruleSets: RuleSets,
  rows: RegisterRow[],
  options: { dryRun: boolean; author: Author },
): Promise<ImportReport> {
  const { checked, faults } = checkRows(rows, ruleSets);
  faults.push(...(await takenAppIds(db, checked)));
  const report: ImportReport = { created: 0, updated: 0, unchanged: 0, faults };
  if (faults.length > 0) return report;
  try {
    await db.transaction().execute(async (trx) => {
      for (const { department } of checked) await saveDepartment(trx, department.code, department.name);
      const ids: number[] = [];
      for (const { entry } of checked) {
        const { id, outcome } = await saveEntry(trx, vault, entry, REGISTER_DEFAULTS, options.author);
        report[outcome] += 1;
        ids.push(id);
      }
      await refreshCurrent(trx, ids, ruleSets);
      if (options.dryRun) throw new DryRun();
    });
  } catch (error) {
    if ((error as { constraint?: string }).constraint === "account_app_id") {
      throw new UserError("app_id: one that another account of the file gives up can be taken by the next import only");
    }
    if (!(error instanceof DryRun)) throw error;
  }
  return report;
}
