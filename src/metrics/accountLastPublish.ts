import type { AccountFamily } from "./family.ts";

export const accountLastPublish: AccountFamily<"accounts"> = {
  name: "govmatrix_account_last_publish_timestamp_seconds",
  help: "Unix time in seconds of the newest publication (end of its day in Asia/Shanghai where the second is not known), from datacube/getbizsummary and getarticletotaldetail, freepublish/batchget and article pages, as stored, refreshed by the collectors.",
  source: "accounts",
  samples(account, emit) {
    emit("", account.lastPublishedAt);
  },
};
