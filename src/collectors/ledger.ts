import { addDays, dayOf, startOf } from "../calendar.ts";
import { PlatformError } from "../errors.ts";
import { closeApi, reserveCalls, returnCalls } from "../store/budget.ts";
import type { Db } from "../store/upsert.ts";

/** One visit's share of the day's call budget: reserved before asking, settled when the visit closes. */
export interface CallLedger {
  reserve(apis: readonly string[], calls: number): Promise<void>;
  made(apis: readonly string[]): void;
  /** Gives back what was not asked and closes the APIs whose quota is used up. */
  settle(trx: Db, errors: PlatformError[]): Promise<void>;
}

function budgetError(api: string, code: string | null, until: Date): PlatformError {
  return new PlatformError({
    name: "BudgetExhausted",
    code: code ?? "budget",
    retry: "later",
    scope: "quota",
    message: `${api}: no calls left until ${until.toISOString()}`,
    reason: "该接口今日调用次数已用完，系统将在额度恢复后自动继续，无需处理。",
    api,
    until,
  });
}

export function openLedger(db: Db, appId: string, now: Date): CallLedger {
  const day = dayOf(now);
  const unused = new Map<string, number>();
  const entry = (api: string) => ({ appId, api, day });
  return {
    async reserve(apis, calls) {
      for (const api of apis) {
        const refused = await reserveCalls(db, entry(api), calls, now);
        if (refused) throw budgetError(api, refused.code, refused.until ?? startOf(addDays(day, 1)));
        unused.set(api, (unused.get(api) ?? 0) + calls);
      }
    },
    made(apis) {
      for (const api of apis) unused.set(api, (unused.get(api) ?? 0) - 1);
    },
    async settle(trx, errors) {
      for (const [api, calls] of unused) await returnCalls(trx, entry(api), calls);
      for (const error of errors) {
        if (error.scope === "quota" && error.until && error.api) {
          await closeApi(trx, entry(error.api), { code: error.code, until: error.until });
        }
      }
    },
  };
}
