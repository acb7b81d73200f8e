import assert from "node:assert/strict";
import type { Session } from "../../../src/platforms/platform.ts";
import { dayAt, parseDay, startOfDayMs } from "../../../src/simulator/calendar.ts";
import { overviewDetail } from "../../../src/simulator/endpoints/statistics.ts";
import type { World } from "../../../src/simulator/world.ts";
import type { County } from "../../support/county.ts";
import { DAY, type History, type Post, startOfDay } from "./posts.ts";
import type { Omission } from "./weather.ts";

/** One answer of the statistics as it reached us, compared with the truth. */
export interface Answer {
  at: number;
  part: "summary" | "articles";
  /** Starts of the days that the answer told truly and to their end. */
  days: number[];
  /**
   * Days that it may be believed about, as nothing it says of their posts is wrong, though a row of zeros may be left
   * out. An answer without any row says nothing before a later morning repeats it; of a late one the rows stand.
   */
  believable: number[];
  /** It kept something back, was late, or never came. */
  faulty: boolean;
}

/** What the platform told of one account. */
export interface Told {
  history: History;
  answers: Answer[];
  /** When each post was first told, in the order of the posts; infinite for never. */
  shownAt: number[];
  /** By start of the day: the first answer without any row that the day was asked in. */
  emptySince: Map<number, number>;
}

const startOf = (day: string): number => startOfDayMs(parseDay(day) ?? 0) / 1_000;

const within = (post: Post, start: number): boolean => post.at >= start && post.at < start + DAY;

/** Writes down every answer of the platform on its way to the collectors, and lets it leave out the omitted days. */
export function listen(
  county: County,
  { world, histories, omissions }: { world: World; histories: readonly History[]; omissions: readonly Omission[] },
): Map<string, Told> {
  const all = new Map(
    histories.map((history): [string, Told] => [
      history.code,
      { history, answers: [], shownAt: history.posts.map(() => Number.POSITIVE_INFINITY), emptySince: new Map() },
    ]),
  );
  const { wechat: platform } = county.context.platforms;
  assert.ok(platform);
  const now = () => county.clock.now.getTime() / 1_000;
  const omitted = (day: string) => omissions.some((one) => one.day === day && now() >= one.from && now() < one.to);

  const heard = (session: Session, { history, answers, shownAt, emptySince }: Told): Session => {
    const account = world.byAppid.get(history.appid);
    assert.ok(account);
    const hasRow = (start: number) => {
      const day = dayAt(start * 1_000);
      return day >= account.firstDay && overviewDetail(world.historyOf(account), day) !== null;
    };
    const show = (shown: (post: Post) => boolean) => {
      for (const [index, post] of history.posts.entries()) {
        if (post.at <= now() && shown(post)) shownAt[index] = Math.min(shownAt[index] ?? 0, now());
      }
    };
    const count = (start: number) =>
      history.posts.filter((post) => within(post, start)).reduce((sum, post) => sum + post.articles, 0);
    const note = (part: Answer["part"], days: number[], faulty: boolean, believable = days) =>
      answers.push({ at: now(), part, days, faulty, believable });
    const repeated = (start: number) => {
      const since = emptySince.get(start) ?? now();
      emptySince.set(start, since);
      return startOfDay(since) < startOfDay(now());
    };
    const orFault = async <T>(part: Answer["part"], asked: Promise<T>): Promise<T> => {
      try {
        return await asked;
      } catch (error) {
        note(part, [], true);
        throw error;
      }
    };
    return {
      ...session,
      statistics: {
        ...session.statistics,
        async summary(from, to) {
          const answer = await orFault("summary", session.statistics.summary(from, to));
          const rows = answer.rows.filter((row) => !omitted(row.day));
          const counts = new Map(rows.map((row) => [startOf(row.day), row.articlesPublished ?? 0]));
          const counted: number[] = [];
          const days: number[] = [];
          for (let start = startOf(from); start <= startOf(to); start += DAY) {
            if ((counts.get(start) ?? 0) !== count(start)) continue;
            counted.push(start);
            if (counts.has(start) === hasRow(start)) days.push(start);
          }
          const asked = (startOf(to) - startOf(from)) / DAY + 1;
          const faulty = answer.delayed || days.length < asked;
          if (answer.delayed)
            note(
              "summary",
              [],
              faulty,
              counted.filter((start) => counts.has(start)),
            );
          else note("summary", days, faulty, rows.length > 0 ? counted : counted.filter(repeated));
          show((post) => days.includes(startOfDay(post.at)));
          return { ...answer, rows };
        },
        async articles(day) {
          const answer = await orFault("articles", session.statistics.articles(day));
          const rows = omitted(day) ? [] : answer.rows;
          const whole = rows.length === count(startOf(day));
          note("articles", answer.delayed || !whole ? [] : [startOf(day)], answer.delayed || !whole);
          const ids = new Set(rows.map((row) => row.id.split("_")[0]));
          show((post) => ids.has(post.mid));
          return { ...answer, rows };
        },
      },
      publications: {
        async list(offset) {
          const list = await session.publications.list(offset);
          // All of them stand on the first page.
          if (list.rows.length > 0) show((post) => !post.notified);
          return list;
        },
      },
    };
  };

  county.context.platforms.wechat = {
    ...platform,
    open(account, ports) {
      const told = all.get(account.code);
      assert.ok(told, account.code);
      return heard(platform.open(account, ports), told);
    },
  };
  return all;
}
