import { UserError } from "../errors.ts";
import type { Account } from "../model.ts";
import { findAccount, listVisitedAccounts } from "../store/account.ts";
import type { Db } from "../store/upsert.ts";

/** All accounts that are visited, or the one with the code; throws `UserError` when that one is none of them. */
export async function visitedAccounts(db: Db, code?: string): Promise<Account[]> {
  const accounts = await listVisitedAccounts(db);
  if (code === undefined) return accounts;
  const account = accounts.find((candidate) => candidate.code === code);
  if (account) return [account];
  const found = await findAccount(db, code);
  throw new UserError(
    found
      ? `account ${code} is not visited in its lifecycle ${found.lifecycle}`
      : `no account ${code}: see \`govmatrix account list\``,
  );
}
