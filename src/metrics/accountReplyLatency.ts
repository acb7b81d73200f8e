import type { ExposedLatency } from "../store/exposedReplies.ts";
import { type AccountFamily, label } from "./family.ts";

const CLOCKS = (["calendar", "working"] as const).map((clock) => ({ clock, text: label("clock", clock) }));
const STATISTICS = (["p50", "p90"] as const).map((statistic) => ({ statistic, text: label("statistic", statistic) }));

function seconds(latency: ExposedLatency, statistic: "p50" | "p90"): number | null {
  return latency[statistic] ?? (latency[`${statistic}Over`] === null ? null : Number.POSITIVE_INFINITY);
}

export const accountReplyLatency: AccountFamily<"replies"> = {
  name: "govmatrix_account_reply_latency_seconds",
  help: "Seconds from a citizen's question to the first human reply (clock working: within office hours), percentile of the questions received in the last 30 days (Kaplan-Meier, open ones censored; +Inf: too few are answered yet), from comment/list and customerservice/getmsglist, as stored, refreshed every 10 minutes.",
  source: "replies",
  samples({ latency }, emit) {
    for (const { clock, text } of CLOCKS) {
      const known = latency?.[clock];
      if (!known) continue;
      for (const { statistic, text: name } of STATISTICS) emit(`${text},${name}`, seconds(known, statistic));
    }
  },
};
