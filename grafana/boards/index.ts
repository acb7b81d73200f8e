import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { account } from "./account.ts";
import { alerts } from "./alerts.ts";
import { collection } from "./collection.ts";
import { coordination } from "./coordination.ts";
import { overview } from "./overview.ts";
import { replies } from "./replies.ts";
import { updates } from "./updates.ts";

/** All boards, in the order in which they link to each other. */
export const DASHBOARDS: readonly Dashboard[] = [overview, updates, account, replies, coordination, alerts, collection];
