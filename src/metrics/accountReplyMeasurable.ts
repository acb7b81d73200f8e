import { REPLY_CHANNELS } from "../model.ts";
import { type AccountFamily, label } from "./family.ts";

export const accountReplyMeasurable: AccountFamily<"replies"> = {
  name: "govmatrix_account_reply_measurable",
  help: "Whether replies of the channel can be measured (1), or the account has no such function or its messages go elsewhere (0), from comment/list and customerservice/getmsglist, as stored, refreshed by the collector.",
  source: "replies",
  samples(row, emit) {
    for (const channel of REPLY_CHANNELS) {
      const measurable = row[channel];
      emit(label("channel", channel), measurable === null ? null : Number(measurable));
    }
  },
};
