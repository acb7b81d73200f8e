import type { CollectorContext } from "../collectors/collector.ts";
import type { Config } from "../config.ts";
import { openPlatforms } from "../platforms/index.ts";
import type { RequestObserver } from "../platforms/platform.ts";

type Settings = Pick<
  Config,
  "wechatApiUrl" | "wechatPageUrl" | "proxyEnv" | "statisticsReadyAt" | "pageIntervalSeconds"
>;

export interface CollectorServices
  extends Pick<CollectorContext, "db" | "vault" | "ruleSets" | "holidays" | "now" | "log"> {
  config: Settings;
}

/** Who counts what visits and requests do; nobody, for a command. */
export type CollectorObserver = Pick<CollectorContext, "observeVisit" | "requestNeeded"> & {
  observeRequest: RequestObserver;
};

const NOBODY: CollectorObserver = {
  observeVisit: () => undefined,
  requestNeeded: () => undefined,
  observeRequest: () => undefined,
};

export function collectorContext(
  { config, db, vault, ruleSets, holidays, now, log }: CollectorServices,
  observer: CollectorObserver = NOBODY,
): CollectorContext {
  const { wechatApiUrl, wechatPageUrl, proxyEnv, statisticsReadyAt, pageIntervalSeconds } = config;
  return {
    db,
    vault,
    ruleSets,
    holidays,
    statisticsReadyAt,
    pageIntervalSeconds,
    platforms: openPlatforms({ wechatApiUrl, wechatPageUrl, proxyEnv, observe: observer.observeRequest, log }),
    observeVisit: observer.observeVisit,
    requestNeeded: observer.requestNeeded,
    now,
    log,
  };
}
