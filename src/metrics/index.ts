import { accountApiQuota } from "./accountApiQuota.ts";
import { accountData } from "./accountData.ts";
import { accountFollowers } from "./accountFollowers.ts";
import { accountInfo } from "./accountInfo.ts";
import { accountLastPublish } from "./accountLastPublish.ts";
import { accountLastSuccess } from "./accountLastSuccess.ts";
import { accountPublishDeadline } from "./accountPublishDeadline.ts";
import { accountUp } from "./accountUp.ts";
import { accountVerificationExpiry } from "./accountVerificationExpiry.ts";
import { accountWindows } from "./accountWindows.ts";
import { expositionAccounts, expositionTimestamp } from "./expositionState.ts";
import type { Family } from "./family.ts";
import { plannerLastTick } from "./plannerLastTick.ts";
import { visitsDue } from "./visitsDue.ts";

/** Every family that is rendered from the store, in the order of the page. */
export const families: readonly Family[] = [
  accountInfo,
  accountUp,
  accountLastSuccess,
  accountData,
  accountLastPublish,
  accountPublishDeadline,
  ...accountWindows,
  accountFollowers,
  accountVerificationExpiry,
  accountApiQuota,
  plannerLastTick,
  visitsDue,
  expositionTimestamp,
  expositionAccounts,
];
