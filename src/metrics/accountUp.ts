import { type AccountFamily, label } from "./family.ts";

export const accountUp: AccountFamily<"visits"> = {
  name: "govmatrix_account_up",
  help: "Whether the last visit to the platform succeeded (1) or failed (0), as stored, refreshed by the collector.",
  source: "visits",
  samples({ collector, finishedAt, errorCode }, emit) {
    emit(label("collector", collector), finishedAt === null ? null : Number(errorCode === null));
  },
};
