import type { DaemonFamily } from "./family.ts";

export const plannerLastTick: DaemonFamily = {
  name: "govmatrix_planner_last_tick_timestamp_seconds",
  help: "Unix time in seconds of the planner's last tick, as stored by the planner.",
  source: "all",
  samples({ plannerTickedAt }, emit) {
    emit("", plannerTickedAt);
  },
};
