import type { AccountFamily } from "./family.ts";

export const accountOldestOpenCase: AccountFamily<"replies"> = {
  name: "govmatrix_account_oldest_open_case_timestamp_seconds",
  help: "Unix time in seconds at which the oldest question without a human reply was received, however long ago, from comment/list and customerservice/getmsglist, as stored, refreshed by the collector.",
  source: "replies",
  samples({ oldestOpenAt }, emit) {
    emit("", oldestOpenAt);
  },
};
