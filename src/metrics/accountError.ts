import { type AccountFamily, label } from "./family.ts";

export const accountError: AccountFamily<"visits"> = {
  name: "govmatrix_account_error",
  help: "Fault with which the last visit to the platform failed, always 1 (the platform's error number or a short word), as stored, refreshed by the collector.",
  source: "visits",
  samples({ collector, errorCode }, emit) {
    if (errorCode !== null) emit(`${label("collector", collector)},${label("code", errorCode)}`, 1);
  },
};
