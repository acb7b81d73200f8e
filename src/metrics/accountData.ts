import { type AccountFamily, label } from "./family.ts";

const STATISTICS = label("collector", "statistics");

export const accountData: AccountFamily<"accounts"> = {
  name: "govmatrix_account_data_timestamp_seconds",
  help: "Unix time in seconds up to which the figures are complete (statistics: end of the newest day in Asia/Shanghai up to which every day since the last publication is final), from datacube/getbizsummary and getarticletotaldetail, as stored, refreshed by the collector.",
  source: "accounts",
  samples({ dataUntil }, emit) {
    emit(STATISTICS, dataUntil);
  },
};
