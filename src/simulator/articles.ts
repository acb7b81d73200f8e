import { articleDataBegin, type Day } from "./calendar.ts";
import type { Account } from "./county.ts";
import { hex, mix, salt, unit } from "./random.ts";
import { titleOf } from "./titles.ts";

export interface Article {
  account: Account;
  day: Day;
  /** The push within the day. */
  push: number;
  mid: string;
  /** Counted from 1. */
  idx: number;
  msgid: string;
  /** Notified articles were mass-sent; the others only stand in the account's list. */
  notified: boolean;
  publishedAtSeconds: number;
  title: string;
  /** What proves in a link that it was not guessed. */
  sn: string;
  url: string;
  /** All readers the article will have after 30 days. */
  reach: number;
  key: number;
  /** Seconds of the comments that a test added. */
  addedComments: number[];
}

const salts = { reach: salt("reach"), key: salt("article"), link: salt("link") };
/** Room for the ids of one day's pushes. */
const idsPerDay = 100;
/** Pushes made over the control plane take the upper half of a day's ids. */
export const firstExtraPush = 50;
export const pushesPerDay = idsPerDay;

/** Heavy-tailed: most articles reach a few percent of the followers, a few far more people than follow. */
function reachOf(account: Account, key: number, idx: number, notified: boolean): number {
  const tail = (1 - unit(key, salts.reach)) ** -0.75;
  const place = idx === 1 ? 1 : 0.3;
  return Math.min(400_000, 4 + Math.floor(account.followers * 0.025 * tail * place * (notified ? 1 : 0.25)));
}

export interface Push {
  account: Account;
  day: Day;
  index: number;
  count: number;
  notified: boolean;
  publishedAtSeconds: number;
}

export function articlesOf(push: Push): Article[] {
  const { account, day, notified, publishedAtSeconds } = push;
  const mid = String(account.idBase + BigInt((day - articleDataBegin) * idsPerDay + push.index));
  return Array.from({ length: push.count }, (_, position) => {
    const idx = position + 1;
    const key = mix(account.seed, salts.key, account.index, day, push.index, idx);
    const sn = hex(32, key, salts.link);
    return {
      account,
      day,
      push: push.index,
      mid,
      idx,
      msgid: `${mid}_${idx}`,
      notified,
      publishedAtSeconds,
      title: titleOf(key),
      sn,
      url: `http://mp.weixin.qq.com/s?__biz=${account.biz}&mid=${mid}&idx=${idx}&sn=${sn}&chksm=${hex(40, key, salts.link, 1)}#rd`,
      reach: reachOf(account, key, idx, notified),
      key,
      addedComments: [],
    };
  });
}

/** The day whose pushes have this id. */
export function dayOfMid(account: Account, mid: bigint): Day {
  return articleDataBegin + Math.floor(Number(mid - account.idBase) / idsPerDay);
}
