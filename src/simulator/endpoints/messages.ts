import { dateText } from "../calendar.ts";
import { isRefusal, refuse } from "../errors.ts";
import { valueAt } from "../replies/functions.ts";
import { recordsBetween, upstreamRows } from "../replies/messages.ts";
import { type BusinessEndpoint, jsonType } from "./endpoint.ts";
import { readRange } from "./range.ts";

const longestWindowSeconds = 86_400;
const mostRecords = 10_000;
const firstCursor = 1;
/** The cursor after the first record of a window. */
const cursorBase = 20_165_267;

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0;

/** The place in the window where a page begins; null for a cursor that was never given. */
function placeOf(cursor: number, records: number): number | null {
  if (cursor === firstCursor) return 0;
  const place = cursor - cursorBase;
  return place > 0 && place <= records ? place : null;
}

export const messageEndpoints: readonly BusinessEndpoint[] = [
  {
    api: "getmsglist",
    path: "/customservice/msgrecord/getmsglist",
    method: "POST",
    credential: "token",
    permission: "messages",
    contentType: jsonType,
    // An assumption: the limit is not documented.
    dailyLimit: 5_000,
    answer(world, { account, body, nowMs }) {
      const { starttime: start, endtime: end, msgid: cursor, number } = body;
      const nowSeconds = Math.floor(nowMs / 1_000);
      if (!valueAt(account.functions.customerService, nowSeconds)) return refuse(65400);
      if (!isCount(start) || !isCount(end) || !isCount(cursor) || !isCount(number)) return refuse(65416);
      if (end < start || number > mostRecords) return refuse(65416);
      if (end - start > longestWindowSeconds) return refuse(65417);
      const all = valueAt(account.functions.callback, nowSeconds)
        ? []
        : recordsBetween(world, account, start, Math.min(end, nowSeconds));
      const place = placeOf(cursor, all.length);
      if (place === null) return refuse(65416);
      const page = all.slice(place, place + number);
      return {
        recordlist: page.map(({ openid, opercode, text, at, worker }) => ({
          openid,
          opercode,
          text,
          time: at,
          worker,
        })),
        number: page.length,
        msgid: page.length === 0 ? 0 : cursorBase + place + page.length,
      };
    },
  },
  {
    api: "getupstreammsg",
    path: "/datacube/getupstreammsg",
    method: "POST",
    credential: "token",
    permission: "upstream",
    contentType: jsonType,
    dailyLimit: 1_000,
    // No is_delay, as with the followers: what is not ready is missing.
    answer(world, call) {
      const range = readRange(world, call, 7);
      if (isRefusal(range)) return range;
      const newest = range.partial === null ? range.newest : range.partial - 1;
      const begin = Math.max(range.begin, call.account.firstDay);
      const rows = upstreamRows(world, call.account, begin, Math.min(range.end, newest));
      return {
        list: rows.map(({ day, type, users, messages }) => ({
          ref_date: dateText(day),
          msg_type: type,
          msg_user: users,
          msg_count: messages,
        })),
      };
    },
  },
];
