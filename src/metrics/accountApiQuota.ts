import { type AccountFamily, label } from "./family.ts";

export const accountApiQuota: AccountFamily<"budgets"> = {
  name: "govmatrix_account_api_quota_remaining",
  help: "Calls of the API that are left on the platform's present day (Asia/Shanghai), from openapi/quota/get, error 45009 and the calls made, as stored, refreshed by the collector.",
  source: "budgets",
  samples({ api, remaining }, emit) {
    emit(label("api", api), remaining);
  },
};
