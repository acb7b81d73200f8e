import { articleDataBegin, type Day } from "./calendar.ts";
import type { Account } from "./county.ts";
import { salt, unit } from "./random.ts";

const salts = {
  trend: salt("follower trend"),
  noise: salt("follower noise"),
  lost: salt("lost"),
  source: salt("source"),
};

/** Followers at the end of the day. */
export function followersOn(account: Account, day: Day): number {
  if (day < account.firstDay && account.openedOn !== null) return 0;
  const { seed, index, followers } = account;
  const perDay = followers * 0.0004 * (unit(seed, salts.trend, index) - 0.2);
  const noise = followers * 0.0006 * unit(seed, salts.noise, index, day);
  return Math.max(0, followers + Math.floor(perDay * (day - articleDataBegin)) + Math.floor(noise));
}

export function movementOn(account: Account, day: Day): { gained: number; lost: number } {
  const net = followersOn(account, day) - followersOn(account, day - 1);
  const usual = Math.floor(account.followers * 0.0005 * unit(account.seed, salts.lost, account.index, day));
  const lost = Math.max(usual, -net);
  return { gained: net + lost, lost };
}

/** user_source: 1 search, 17 card, 30 QR code, 57 name within an article, 0 everything else. */
const sources = [
  [1, 0.3],
  [17, 0.1],
  [30, 0.35],
  [57, 0.15],
] as const;

/** Rows by source; sources without movement are missing. */
export function movementBySource(account: Account, day: Day): { source: number; gained: number; lost: number }[] {
  const { gained, lost } = movementOn(account, day);
  let rest = { gained, lost };
  const rows = sources.map(([source, share]) => {
    const part = Math.floor(gained * share * unit(account.seed, salts.source, account.index, day, source));
    const leaving = source === 30 ? Math.floor(lost * 0.4) : 0;
    rest = { gained: rest.gained - part, lost: rest.lost - leaving };
    return { source, gained: part, lost: leaving };
  });
  return [{ source: 0, ...rest }, ...rows].filter((row) => row.gained > 0 || row.lost > 0);
}
