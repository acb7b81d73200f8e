import type { AccountFamily } from "./family.ts";

export const accountVerificationExpiry: AccountFamily<"accounts"> = {
  name: "govmatrix_account_verification_expiry_timestamp_seconds",
  help: "Unix time in seconds at which the account's yearly verification ends, from account/getaccountbasicinfo, as stored, refreshed by the collector.",
  source: "accounts",
  samples(account, emit) {
    emit("", account.verificationExpiresAt);
  },
};
