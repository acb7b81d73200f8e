import { addDays, dayOf, startOf } from "../calendar.ts";
import { PlatformError } from "../errors.ts";
import { closeApi, reserveCalls, returnCalls } from "../store/budget.ts";
import type { Db } from "../store/upsert.ts";

export interface ReserveOptions {
  /** Half of the day's limit stays for the visits that follow today. */
  keepHalf?: boolean;
}

/** One visit's share of the day's call budget: reserved before asking, settled when the visit closes. */
export interface CallLedger {
  /** How many calls of each API may be made: 1 to `calls`. */
  reserve(apis: readonly string[], calls: number, options?: ReserveOptions): Promise<number>;
  made(apis: readonly string[]): void;
  /** Books a request beyond those that were reserved, at once. Throws `PlatformError` when none is left. */
  bookRepeat(api: string): Promise<void>;
  /** Gives back what was not asked and closes the APIs whose quota the platform says is used up. */
  settle(db: Db, errors: PlatformError[]): Promise<void>;
}

function budgetError(api: string, code: string | null, until: Date): PlatformError {
  return new PlatformError({
    name: "BudgetExhausted",
    code: code ?? "budget",
    retry: "later",
    scope: "quota",
    message: `${api}: no calls left until ${until.toISOString()}`,
    reason: "该接口今日可用的调用次数已用完，系统将在额度恢复后自动继续，无需处理。",
    api,
    until,
  });
}

export function openLedger(db: Db, appId: string, now: Date): CallLedger {
  const day = dayOf(now);
  const unused = new Map<string, number>();
  const own = new WeakSet<PlatformError>();
  const entry = (api: string) => ({ appId, api, day });
  const take = async (api: string, calls: number, keepHalf: boolean): Promise<number> => {
    const { granted, code, until } = await reserveCalls(db, entry(api), { calls, keepHalf }, now);
    if (granted > 0) return granted;
    const error = budgetError(api, code, until ?? startOf(addDays(day, 1)));
    own.add(error);
    throw error;
  };
  return {
    async reserve(apis, calls, { keepHalf = false } = {}) {
      let granted = calls;
      for (const api of apis) {
        granted = await take(api, granted, keepHalf);
        unused.set(api, (unused.get(api) ?? 0) + granted);
      }
      return granted;
    },
    made(apis) {
      for (const api of apis) unused.set(api, (unused.get(api) ?? 0) - 1);
    },
    bookRepeat: async (api) => void (await take(api, 1, false)),
    async settle(settling, errors) {
      for (const [api, calls] of unused) await returnCalls(settling, entry(api), calls);
      for (const error of errors) {
        // What the ledger itself refused is open again as soon as the platform grants more.
        if (error.scope === "quota" && error.until && error.api && !own.has(error)) {
          await closeApi(settling, entry(error.api), { code: error.code, until: error.until });
        }
      }
    },
  };
}
