import { dayOf } from "../../calendar.ts";
import { PlatformError } from "../../errors.ts";
import type { ApiQuota } from "../../model.ts";
import { type Budget, readBudget } from "../../store/doctor.ts";
import { endsExamination, type Finding, finding } from "./finding.ts";
import type { Examination } from "./live.ts";

/** What an account's first visit asks of one API, rounded up: a look must leave the day's visits that much. */
const KEPT_CALLS = 50;

export interface QuotaCheck {
  finding: Finding;
  /** The calls that are left belong to the visits. */
  scarce: boolean;
}

/** Asks the platform for each API's quota of today; once it refused, the ledger alone is asked. */
export function createQuotaCheck({
  account,
  platform,
  session,
  ledger,
  db,
  now,
}: Examination): (api: string) => Promise<QuotaCheck> {
  let refused = false;
  const ask = async (api: string): Promise<ApiQuota | null> => {
    if (refused) return null;
    try {
      await ledger.reserve(platform.apis.quota, 1);
      ledger.made(platform.apis.quota);
      return await session.profile.quota(api);
    } catch (error) {
      if (!(error instanceof PlatformError) || endsExamination(error)) throw error;
      refused = true;
      return null;
    }
  };
  return async (api) => {
    const told = await ask(api);
    // Read after the answer: calls that a visit makes meanwhile must not look like somebody else's.
    return judgeQuota(api, told, await readBudget(db, account.appId, api, dayOf(now)), now);
  };
}

/** `told`: the platform's own count; `own`: our ledger's. */
export function judgeQuota(api: string, told: ApiQuota | null, own: Budget | null, now: Date): QuotaCheck {
  const ours = own?.used ?? 0;
  const others = told ? Math.max(0, told.used - ours) : (own?.usedByOthers ?? 0);
  const used = told?.used ?? ours + others;
  const limit = told?.dailyLimit ?? own?.dailyLimit ?? null;
  const closed = told === null && own?.closedUntil != null && own.closedUntil > now;
  if (limit === null && !closed) {
    return { finding: finding("quota", "unknown", "平台未告知今日额度", { subject: api }), scarce: false };
  }
  const left = closed || limit === null ? 0 : Math.max(0, limit - used);
  const spentByOthers = others > ours;
  const share = others > 0 ? `，其中其他系统今日已用 ${others} 次` : "";
  const count = limit === null ? `今日已用 ${used} 次` : `今日额度 ${limit} 次，已用 ${used} 次`;
  const detail = `${count}${share}`;
  if (left > Math.min(KEPT_CALLS, Math.ceil((limit ?? 0) / 2))) {
    return {
      finding: finding("quota", "ok", detail, { subject: api, code: others > 0 ? "used_by_others" : null }),
      scarce: false,
    };
  }
  // What we spend ourselves returns at midnight by itself; what others spend, they will spend again tomorrow.
  const remedy = spentByOthers
    ? "请查明是哪个系统在大量调用该公众号的接口，并协调其减少调用；额度次日零点恢复"
    : "额度次日零点自动恢复，系统随后继续采集";
  return {
    finding: finding(
      "quota",
      left === 0 && spentByOthers ? "fault" : "warn",
      `${detail}，${left === 0 ? "已用完" : `仅剩 ${left} 次`}`,
      {
        subject: api,
        code: left === 0 ? "quota_used_up" : "quota_low",
        remedy,
        turn: spentByOthers ? "department" : "system",
      },
    ),
    scarce: true,
  };
}
