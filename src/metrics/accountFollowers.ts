import type { AccountFamily } from "./family.ts";

export const accountFollowers: AccountFamily<"accounts"> = {
  name: "govmatrix_account_followers",
  help: "Followers, newest cumulative count in persons, from datacube/getusercumulate, as stored, refreshed by the collector.",
  source: "accounts",
  samples(account, emit) {
    emit("", account.followers);
  },
};
