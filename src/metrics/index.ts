import { accountApiQuota } from "./accountApiQuota.ts";
import { accountData } from "./accountData.ts";
import { accountError } from "./accountError.ts";
import { accountFollowers } from "./accountFollowers.ts";
import { accountInfo } from "./accountInfo.ts";
import { accountLastPublish } from "./accountLastPublish.ts";
import { accountLastSuccess } from "./accountLastSuccess.ts";
import { accountOldestOpenCase } from "./accountOldestOpenCase.ts";
import { accountPublishDeadline } from "./accountPublishDeadline.ts";
import { accountReplyCases } from "./accountReplyCases.ts";
import { accountReplyLatency } from "./accountReplyLatency.ts";
import { accountReplyMeasurable } from "./accountReplyMeasurable.ts";
import { accountUp } from "./accountUp.ts";
import { accountVerificationExpiry } from "./accountVerificationExpiry.ts";
import { accountWindows } from "./accountWindows.ts";
import { calendarCoveredUntil } from "./calendarCoveredUntil.ts";
import { expositionAccounts, expositionTimestamp } from "./expositionState.ts";
import type { Family } from "./family.ts";
import { notificationChannelFailures, notificationOldestPending } from "./notifications.ts";
import { plannerLastTick } from "./plannerLastTick.ts";
import { visitsDue } from "./visitsDue.ts";

/** Every family that is rendered from the store, in the order of the page. */
export const families: readonly Family[] = [
  accountInfo,
  accountUp,
  accountError,
  accountLastSuccess,
  accountData,
  accountLastPublish,
  accountPublishDeadline,
  ...accountWindows,
  accountFollowers,
  accountReplyLatency,
  accountReplyCases,
  accountOldestOpenCase,
  accountReplyMeasurable,
  accountVerificationExpiry,
  accountApiQuota,
  plannerLastTick,
  visitsDue,
  calendarCoveredUntil,
  notificationOldestPending,
  notificationChannelFailures,
  expositionTimestamp,
  expositionAccounts,
];
