import type { AccountDay, Day, FollowerDay } from "../../model.ts";
import type { Answer } from "../platform.ts";
import { type Fields, isFields, readCount, readDay, ShapeFault } from "./fields.ts";
import { greater, mergeByKey, readAnswer, readFigures } from "./rows.ts";

/** `getbizsummary`. */
export function readSummary(body: Fields, from: Day, to: Day): Answer<AccountDay> {
  return readAnswer(body, (item, path) => readAccountDay(item, path, from, to), dayOfRow, greater);
}

function readAccountDay(item: Fields, path: string, from: Day, to: Day): AccountDay {
  const { detail } = item;
  if (!isFields(detail)) throw new ShapeFault(`${path}detail`, "an object");
  return {
    day: readDay(item, "ref_date", path, from, to),
    ...readFigures(detail, `${path}detail.`),
    articlesPublished: readCount(detail, "send_page_count", `${path}detail.`),
  };
}

type Movement = Pick<FollowerDay, "day" | "gained" | "lost">;
type Total = Pick<FollowerDay, "day" | "followers">;

/** `getusersummary`: a row per day and source of followers, whose movements add up. */
export function readMovements(body: Fields, from: Day, to: Day): Answer<Movement> {
  const read = (item: Fields, path: string) => ({
    day: readDay(item, "ref_date", path, from, to),
    // A row without its source repeats no other.
    source: readCount(item, "user_source", path) ?? path,
    gained: readCount(item, "new_user", path),
    lost: readCount(item, "cancel_user", path),
  });
  const { rows, delayed } = readAnswer(body, read, ({ day, source }) => `${day} ${source}`, greater);
  const movements = rows.map(({ day, gained, lost }) => ({ day, gained, lost }));
  return { rows: mergeByKey(movements, dayOfRow, addMovements), delayed };
}

/** A part that is not known makes the sum unknown. */
function addMovements(one: Movement, other: Movement): Movement {
  const sum = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b);
  return { day: one.day, gained: sum(one.gained, other.gained), lost: sum(one.lost, other.lost) };
}

/** `getusercumulate`. */
export function readTotals(body: Fields, from: Day, to: Day): Answer<Total> {
  const read = (item: Fields, path: string): Total => ({
    day: readDay(item, "ref_date", path, from, to),
    followers: readCount(item, "cumulate_user", path),
  });
  return readAnswer(body, read, dayOfRow, greater);
}

export function joinFollowers(movements: Answer<Movement>, totals: Answer<Total>): Answer<FollowerDay> {
  const days = new Map<Day, FollowerDay>();
  for (const row of [...movements.rows, ...totals.rows]) {
    const known = days.get(row.day) ?? { day: row.day, followers: null, gained: null, lost: null };
    days.set(row.day, { ...known, ...row });
  }
  const rows = [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
  return { rows, delayed: movements.delayed || totals.delayed };
}

function dayOfRow(row: { day: Day }): Day {
  return row.day;
}
