import type { DaemonFamily } from "./family.ts";

export const expositionTimestamp: DaemonFamily = {
  name: "govmatrix_exposition_timestamp_seconds",
  help: "Unix time in seconds at which the per-account figures of this page were read from the store.",
  source: "all",
  samples({ readAt }, emit) {
    emit("", readAt.getTime() / 1_000);
  },
};

export const expositionAccounts: DaemonFamily = {
  name: "govmatrix_exposition_accounts",
  help: "Accounts on this page, as stored in the register: all but the closed ones.",
  source: "all",
  samples({ accounts }, emit) {
    emit(
      "",
      accounts.reduce((count, { rows }) => count + rows.length, 0),
    );
  },
};
