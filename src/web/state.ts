import { BLIND_AFTER_MS } from "../alerts/support.ts";
import { JUDGED_LIFECYCLES } from "../model.ts";
import type { StatusAccount } from "../store/statusPage.ts";

const NEAR_MS = 4 * 86_400_000;

/** `unproven`: the deadline passed, and the data do not reach it yet. `unjudged`: no deadline is set. */
export type State = "ok" | "near" | "unproven" | "passed" | "blind" | "unjudged";

/** As the alerts and v_account_risk judge. */
export function stateOf(account: StatusAccount, now: Date): State {
  const { publishDeadlineAt, dataUntil } = account;
  if (!JUDGED_LIFECYCLES.some((name) => name === account.lifecycle)) return "unjudged";
  if (publishDeadlineAt === null || dataUntil === null || isStale(dataUntil, now)) return "blind";
  // A post of yesterday may not be visible yet: only data that reach the deadline prove silence.
  if (publishDeadlineAt <= dataUntil) return "passed";
  if (publishDeadlineAt <= now) return "unproven";
  return publishDeadlineAt.getTime() - now.getTime() <= NEAR_MS ? "near" : "ok";
}

/** Whether anything can be said of its present. */
export const isSeen = ({ dataUntil }: StatusAccount, now: Date) => dataUntil !== null && !isStale(dataUntil, now);

const isStale = (dataUntil: Date, now: Date) => now.getTime() - dataUntil.getTime() >= BLIND_AFTER_MS;

/** What hinders collecting, and what to do; null = nothing. */
export function faultOf(account: StatusAccount, now: Date): string | null {
  const { errorCode, errorReason, dataUntil } = account;
  if (errorCode !== null) return errorReason ?? `采集失败（代码 ${errorCode}），请系统维护人员查看采集日志。`;
  if (dataUntil === null) return "尚未取得数据，等待首次采集完成。";
  return isStale(dataUntil, now) ? "长时间没有新数据，也没有采集报错的记录，请系统维护人员检查采集是否在运行。" : null;
}
