import { type Day, dayAt, startOfDayMs, weekday } from "../calendar.ts";
import type { ReplyHabit } from "../catalogue.ts";
import { salt, unit } from "../random.ts";

const salts = { never: salt("never answered"), delay: salt("answer delay"), night: salt("night answer") };
const hour = 3_600;
const openings = [
  [9 * hour, 12 * hour],
  [14 * hour, 18 * hour],
] as const;

const startOf = (day: Day): number => startOfDayMs(day) / 1_000;
const isWorkday = (day: Day): boolean => weekday(day) >= 1 && weekday(day) <= 5;

/** The second itself when the office is open, else the next opening. The staff know weekends, and no holidays. */
function openAt(seconds: number): number {
  for (let day = dayAt(seconds * 1_000); ; day++) {
    if (!isWorkday(day)) continue;
    for (const [from, to] of openings) {
      if (seconds < startOf(day) + to) return Math.max(seconds, startOf(day) + from);
    }
  }
}

function promptly(asked: number, key: number): number {
  const answered = openAt(asked) + 180 + Math.floor(unit(key, salts.delay) ** 2 * 3 * hour);
  const open = openAt(answered);
  return open === answered ? answered : open + Math.floor(unit(key, salts.delay, 1) * 900);
}

/** Before the office opens. */
function inTheMorning(asked: number, key: number): number {
  const moment = 8 * hour + 2_400 + Math.floor(unit(key, salts.delay) * 3_000);
  let day = dayAt(asked * 1_000);
  while (!isWorkday(day) || startOf(day) + moment <= asked) day++;
  return startOf(day) + moment;
}

function afterDays(asked: number, key: number): number {
  const days = 1 + Math.floor(unit(key, salts.delay) * 9);
  return promptly(asked + days * 86_400, key);
}

/** At any hour, weekends included; few answers leave in the night. */
function atAnyHour(asked: number, key: number): number {
  const answered = asked + 300 + Math.floor(unit(key, salts.delay) * 5_400);
  const morning = startOf(dayAt(answered * 1_000)) + 7 * hour;
  const asleep = answered < morning && unit(key, salts.night) < 0.7;
  return asleep ? morning + Math.floor(unit(key, salts.night, 1) * hour) : answered;
}

const habits = {
  prompt: { unanswered: 0.06, at: promptly },
  tireless: { unanswered: 0.04, at: atAnyHour },
  mornings: { unanswered: 0.12, at: inTheMorning },
  slow: { unanswered: 0.3, at: afterDays },
  never: { unanswered: 1, at: promptly },
} as const satisfies Record<ReplyHabit, { unanswered: number; at(asked: number, key: number): number }>;

/** An answer comes this many days after the question at the latest. */
export const slowestAnswerDays = 14;

/** When somebody of the staff answers what was asked at that second; null is never. */
export function answeredAt(habit: ReplyHabit, asked: number, key: number): number | null {
  const { unanswered, at } = habits[habit];
  return unit(key, salts.never) < unanswered ? null : at(asked, key);
}

/** Shares of what citizens write until an hour of the day. */
const hours: readonly (readonly [number, number])[] = [
  [0, 0],
  [0.03, 7],
  [0.15, 9],
  [0.38, 12],
  [0.54, 14],
  [0.74, 18],
  [0.98, 23],
  [1, 24],
];

/** A second of the day, mostly in daytime and the evening; `draw` lies in [0, 1). */
export function momentOfDay(draw: number): number {
  const place = hours.findIndex(([share]) => draw < share);
  const [share, end] = hours[place] ?? [1, 24];
  const [before, begin] = hours[place - 1] ?? [0, 0];
  return Math.floor((begin + ((draw - before) / (share - before)) * (end - begin)) * hour);
}
