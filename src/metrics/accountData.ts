import { type AccountFamily, label } from "./family.ts";

export const accountData: AccountFamily<"visits"> = {
  name: "govmatrix_account_data_timestamp_seconds",
  help: "Unix time in seconds up to which the collector's data are complete (statistics: end of the newest day in Asia/Shanghai up to which every day since the last publication is final; publications: last answered list; replies: the last look at every channel that can be measured; others: last success), as stored, refreshed by the collectors.",
  source: "visits",
  samples({ collector, dataUntil }, emit) {
    emit(label("collector", collector), dataUntil);
  },
};
