import { type AccountFamily, label } from "./family.ts";

export const accountInfo: AccountFamily<"accounts"> = {
  name: "govmatrix_account_info",
  help: "Names and classes of an account that is not closed, always 1, from the register, as stored.",
  source: "accounts",
  samples(account, emit) {
    const labels = [
      label("name", account.name),
      label("department_name", account.departmentName),
      label("platform", account.platform),
      label("kind", account.kind ?? ""),
      label("lifecycle", account.lifecycle),
      label("rule_set", account.ruleSet),
    ];
    emit(labels.join(","), 1);
  },
};
