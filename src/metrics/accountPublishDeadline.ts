import type { AccountFamily } from "./family.ts";

export const accountPublishDeadline: AccountFamily<"accounts"> = {
  name: "govmatrix_account_publish_deadline_timestamp_seconds",
  help: "Unix time in seconds by which the account must publish again: last publication plus the rule set's update interval, from datacube/getbizsummary and getarticletotaldetail, as stored, refreshed by the collector.",
  source: "accounts",
  samples(account, emit) {
    emit("", account.publishDeadlineAt);
  },
};
