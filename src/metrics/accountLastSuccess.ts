import { type AccountFamily, label } from "./family.ts";

export const accountLastSuccess: AccountFamily<"visits"> = {
  name: "govmatrix_account_last_success_timestamp_seconds",
  help: "Unix time in seconds of the last successful visit to the platform, as stored, refreshed by the collector.",
  source: "visits",
  samples({ collector, succeededAt }, emit) {
    emit(label("collector", collector), succeededAt);
  },
};
