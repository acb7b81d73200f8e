import type { Day, Message, MessageDay } from "../../model.ts";
import type { Answer, MessagePage, MessagesSource } from "../platform.ts";
import type { Ask } from "./business.ts";
import type { Reading } from "./call.ts";
import { askDays } from "./datacube.ts";
import { type Fields, readCount, readDay, readMoment, readText, readUnderstood, ShapeFault } from "./fields.ts";
import { exactNumber } from "./json.ts";
import { greater, mergeByKey, readAnswer } from "./rows.ts";

/** The most that one answer may hold. */
export const MESSAGES_PER_CALL = 10_000;
const FIRST_CURSOR = "1";
/** By what a record says of its direction; records with other codes are about the conversation and hold no message. */
const SENT_BY_STAFF = new Map([
  [2002, true],
  [2003, false],
]);

export function openMessages(ask: Ask): MessagesSource {
  return {
    list: (from, to, cursor) =>
      ask({
        api: "getmsglist",
        path: "/customservice/msgrecord/getmsglist",
        json: {
          starttime: unixSecond(from),
          endtime: unixSecond(to),
          msgid: exactNumber(cursor ?? FIRST_CURSOR),
          number: MESSAGES_PER_CALL,
        },
        read: (body, reading) => readMessages(body, cursor, reading),
      }),
    days: (from, to) => askDays(ask, "getupstreammsg", from, to, readMessageDays),
  };
}

function unixSecond(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

/** Records that are not understood, or whose time cannot be, are left out. */
export function readMessages(body: Fields, cursor: string | null, { now, leaveOut }: Reading): MessagePage {
  const number = readCount(body, "number");
  const entries = Array.isArray(body.recordlist) ? body.recordlist.length : 0;
  // Another kind of answer, or one that holds back what it counts, must not pass for "nobody wrote".
  if (number === null ? !Array.isArray(body.recordlist) : number > 0 && entries === 0) {
    throw new ShapeFault("recordlist", "a list of the records that number counts");
  }
  const read = (record: Fields, path: string) => readRecord(record, path, now);
  const rows = readUnderstood(body, "recordlist", read, leaveOut).flat();
  const full = Math.max(number ?? 0, entries) >= MESSAGES_PER_CALL;
  return { rows, next: full ? readCursor(body, cursor) : null };
}

/** Ids ascend: with one that does not, the same records would be asked for again and again. */
function readCursor({ msgid }: Fields, cursor: string | null): string {
  const isId = typeof msgid === "string" && /^\d{1,20}$/.test(msgid);
  if (isId && BigInt(msgid) > BigInt(cursor ?? FIRST_CURSOR)) return msgid;
  throw new ShapeFault("msgid", "an id after the last cursor");
}

function readRecord(record: Fields, path: string, now: Date): Message[] {
  const code = readCount(record, "opercode", path);
  if (code === null) throw new ShapeFault(`${path}opercode`, "a code");
  const staff = SENT_BY_STAFF.get(code);
  if (staff === undefined) return [];
  const person = readText(record, "openid", path);
  if (person === null) throw new ShapeFault(`${path}openid`, "an id");
  return [{ person, staff, at: readMoment(record, "time", path, now), text: readText(record, "text", path) ?? "" }];
}

/** `getupstreammsg`: a row per day and kind of message, whose counts add up. */
export function readMessageDays(body: Fields, from: Day, to: Day): Answer<MessageDay> {
  const { rows, delayed } = readAnswer(body, (item, path) => readKind(item, path, from, to), keyOfKind, greater);
  const days = rows.map(({ day, messages }) => ({ day, messages }));
  const add = (one: MessageDay, other: MessageDay) => ({ day: one.day, messages: one.messages + other.messages });
  return { rows: mergeByKey(days, ({ day }) => day, add), delayed };
}

type KindOfDay = MessageDay & { kind: number | string };

const keyOfKind = ({ day, kind }: KindOfDay) => `${day} ${kind}`;

function readKind(item: Fields, path: string, from: Day, to: Day): KindOfDay {
  const messages = readCount(item, "msg_count", path);
  if (messages === null) throw new ShapeFault(`${path}msg_count`, "a count");
  // A row without its kind repeats no other.
  const kind = readCount(item, "msg_type", path) ?? path;
  return { day: readDay(item, "ref_date", path, from, to), kind, messages };
}
