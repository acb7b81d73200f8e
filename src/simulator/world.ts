import type { Article } from "./articles.ts";
import { dayAt, parseDay } from "./calendar.ts";
import { type Clock, createClock } from "./clock.ts";
import { type Account, createCounty } from "./county.ts";
import { createFaults, type Faults } from "./faults.ts";
import { createHistory, type History } from "./history.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { type Captchas, createCaptchas } from "./pages/captcha.ts";
import { createPublications, type Publications } from "./publications.ts";
import { createQuotas, type Quotas } from "./quotas.ts";
import type { CommentChanges } from "./replies/comments.ts";
import type { ServiceRecord } from "./replies/conversation.ts";
import { defaultSettings, type Settings } from "./settings.ts";
import type { Standing } from "./standing.ts";
import { createTokens, type Tokens } from "./tokens.ts";

export interface World {
  seed: number;
  clock: Clock;
  accounts: readonly Account[];
  byAppid: ReadonlyMap<string, Account>;
  byBiz: ReadonlyMap<string, Account>;
  historyOf(account: Account): History;
  publicationsOf(account: Account): Publications;
  /** What a test made of an article's page. */
  standings: Map<Article, Standing>;
  /** What tests made of comments and added to the messages. */
  commentChanges: Map<Article, CommentChanges>;
  addedMessages: Map<Account, ServiceRecord[]>;
  captchas: Captchas;
  settings: Settings;
  tokens: Tokens;
  quotas: Quotas;
  faults: Faults;
  ledger: Ledger;
}

export interface WorldOptions {
  accounts: number;
  days: number;
  seed: number;
  now: () => Date;
  startDay: string | undefined;
}

export function createWorld(options: WorldOptions): World {
  const { seed } = options;
  const clock = createClock(options.now);
  const startDay = options.startDay === undefined ? dayAt(clock.nowMs()) : parseDay(options.startDay);
  if (startDay === null) throw new RangeError(`startDay: expected YYYY-MM-DD, not ${options.startDay}`);
  const accounts = createCounty(options.accounts, seed, startDay, options.days);
  const histories = new Map<Account, History>();
  const lists = new Map<Account, Publications>();
  const historyOf = (account: Account): History => {
    let history = histories.get(account);
    if (history === undefined) {
      history = createHistory(account);
      histories.set(account, history);
    }
    return history;
  };
  return {
    seed,
    clock,
    accounts,
    byAppid: new Map(accounts.map((account) => [account.appid, account])),
    byBiz: new Map(accounts.map((account) => [account.biz, account])),
    historyOf,
    publicationsOf(account) {
      let list = lists.get(account);
      if (list === undefined) {
        list = createPublications(account, historyOf(account));
        lists.set(account, list);
      }
      return list;
    },
    standings: new Map(),
    commentChanges: new Map(),
    addedMessages: new Map(),
    captchas: createCaptchas(),
    settings: defaultSettings(),
    tokens: createTokens(),
    quotas: createQuotas(),
    faults: createFaults(seed),
    ledger: createLedger(),
  };
}
