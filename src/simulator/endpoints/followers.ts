import { type Day, dateText, userDataBegin } from "../calendar.ts";
import type { Account } from "../county.ts";
import { isRefusal } from "../errors.ts";
import { followersOn, movementBySource } from "../followers.ts";
import type { BusinessEndpoint } from "./endpoint.ts";
import { readRange } from "./range.ts";

type Row = Record<string, unknown>;

const movementRows = (account: Account, day: Day): Row[] =>
  movementBySource(account, day).map(({ source, gained, lost }) => ({
    ref_date: dateText(day),
    user_source: source,
    new_user: gained,
    cancel_user: lost,
  }));

/** Some accounts get a user_source of 0 that the documentation does not list. */
const totalRows = (account: Account, day: Day): Row[] => [
  {
    ref_date: dateText(day),
    ...(account.index % 4 === 1 ? { user_source: 0 } : {}),
    cumulate_user: followersOn(account, day),
  },
];

/** These answers carry no is_delay: what is not ready is missing. */
function followers(api: string, contentType: string, rows: (account: Account, day: Day) => Row[]): BusinessEndpoint {
  return {
    api,
    path: `/datacube/${api}`,
    method: "POST",
    credential: "token",
    permission: "followers",
    contentType,
    dailyLimit: 1_000,
    answer(world, call) {
      const range = readRange(world, call, 7);
      if (isRefusal(range)) return range;
      const list: Row[] = [];
      const newest = range.partial === null ? range.newest : range.partial - 1;
      const begin = Math.max(range.begin, call.account.firstDay, userDataBegin);
      for (let day = begin; day <= Math.min(range.end, newest); day++) list.push(...rows(call.account, day));
      return { list };
    },
  };
}

export const followerEndpoints: readonly BusinessEndpoint[] = [
  followers("getusersummary", "text/plain", movementRows),
  followers("getusercumulate", "application/json", totalRows),
];
