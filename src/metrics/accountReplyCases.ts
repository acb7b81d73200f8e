import { type AccountFamily, label } from "./family.ts";

export const accountReplyCases: AccountFamily<"replies"> = {
  name: "govmatrix_account_reply_cases",
  help: "Cases received in the last 30 days with today (Asia/Shanghai), without the excluded; open holds overdue, and only questions become overdue; from comment/list and customerservice/getmsglist, as stored, refreshed by the collector.",
  source: "replies",
  samples({ answered, open, overdue }, emit) {
    emit(label("state", "answered"), answered);
    emit(label("state", "open"), open);
    emit(label("state", "overdue"), overdue);
  },
};
