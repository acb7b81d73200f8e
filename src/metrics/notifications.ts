import { type DaemonFamily, label } from "./family.ts";

export const notificationOldestPending: DaemonFamily = {
  name: "govmatrix_notification_oldest_pending_timestamp_seconds",
  help: "Unix time in seconds since which the oldest notification waits to be sent, as stored by the notifier.",
  source: "all",
  samples({ notifications }, emit) {
    emit("", notifications.oldestPendingAt);
  },
};

export const notificationChannelFailures: DaemonFamily = {
  name: "govmatrix_notification_channel_failures",
  help: "Sends in a row that failed at the channel's worst target, 0 after one that succeeded, as stored by the notifier.",
  source: "all",
  samples({ notifications }, emit) {
    for (const { channel, failures } of notifications.channels) emit(label("channel", channel), failures);
  },
};
