import type { DaemonFamily } from "./family.ts";

export const calendarCoveredUntil: DaemonFamily = {
  name: "govmatrix_calendar_covered_until_timestamp_seconds",
  help: "Unix time in seconds of the end (24:00 Asia/Shanghai) of the last day up to which it is known, without a gap from today on, whether a day is worked (in the past: today is not known), from the files of holidays and the years that were imported.",
  source: "all",
  samples({ calendarCoveredUntil: until }, emit) {
    emit("", until);
  },
};
