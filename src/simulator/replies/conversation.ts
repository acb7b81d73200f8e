import { type Day, startOfDayMs, weekday } from "../calendar.ts";
import type { Account } from "../county.ts";
import { mix, salt, unit } from "../random.ts";
import { valueAt } from "./functions.ts";
import { answeredAt, momentOfDay, slowestAnswerDays } from "./habits.ts";
import { openidOf } from "./people.ts";
import { citizenSays, keywordAnswer, staffSays } from "./texts.ts";

/** What customer service keeps of a conversation: 2002 was sent, 2003 received; the others are steps in its handling. */
export interface ServiceRecord {
  openid: string;
  opercode: 2002 | 2003 | 1001 | 1004 | 2001;
  at: number;
  text: string;
  robot: boolean;
  worker: string;
}

/** The last record of a conversation comes so many days after the first at the latest. */
export const longestConversationDays = 2 * slowestAnswerDays + 3;

const salts = {
  count: salt("conversations"),
  conversation: salt("conversation"),
  person: salt("conversation person"),
  step: salt("conversation step"),
  followers: salt("greeted followers"),
};
const hour = 3_600;
/** Beyond the numbers of everybody who writes. */
const firstFollower = 2 ** 30;

interface Writer {
  account: Account;
  openid: string;
  worker: string;
  records: ServiceRecord[];
}

function write(writer: Writer, opercode: ServiceRecord["opercode"], at: number, text: string, robot = false): void {
  const { openid, worker, records } = writer;
  records.push({ openid, opercode, at, text, robot, worker });
}

/** A robot answers at once, whatever was said. */
function robotAnswers(writer: Writer, at: number, key: number): void {
  const greeting = valueAt(writer.account.functions.greeting, at);
  if (greeting === null) return;
  const greetedAt = at + 1 + (mix(key, salts.step, 1) % 3);
  write(writer, 2002, greetedAt, greeting, true);
  if (writer.account.functions.keywords && unit(key, salts.step, 2) < 0.35) {
    write(writer, 2002, greetedAt, keywordAnswer(key), true);
  }
}

/** Citizens add to what they asked while nobody answers, now and then within the same second. */
function additions(writer: Writer, asked: number, until: number, key: number): void {
  if (unit(key, salts.step, 3) >= 0.3) return;
  const wait = unit(key, salts.step, 4) < 0.15 ? 0 : 15 + Math.floor(unit(key, salts.step, 5) ** 3 * 3 * hour);
  if (asked + wait < until) write(writer, 2003, asked + wait, citizenSays.addition(key));
}

/** The human answer to what was asked; null when there is none. */
function answer(writer: Writer, asked: number, key: number): number | null {
  const { account } = writer;
  const at = answeredAt(account.replying, asked, key);
  additions(writer, asked, at ?? asked + 6 * hour, key);
  if (at === null) return null;
  const tellsSteps = account.index % 3 === 0;
  if (tellsSteps) write(writer, 1001, at - 1, "");
  // Who is being answered asks again in that very second.
  if (unit(key, salts.step, 6) < 0.03) write(writer, 2003, at, citizenSays.addition(key + 1));
  write(writer, 2002, at, staffSays.answer(key));
  if (unit(key, salts.step, 7) < 0.2) {
    const pause = unit(key, salts.step, 8) < 0.3 ? 0 : 20 + Math.floor(unit(key, salts.step, 9) * 60);
    write(writer, 2002, at + pause, staffSays.closing(key));
  }
  if (tellsSteps) write(writer, 1004, at + 200, "");
  return at;
}

/** After a silence of more than a day the citizen asks again. */
function reminder(writer: Writer, asked: number, key: number): void {
  if (unit(key, salts.step, 10) >= 0.25) return;
  const again = asked + 20 * hour + Math.floor(unit(key, salts.step, 11) * 30 * hour);
  write(writer, 2003, again, citizenSays.reminder(key));
  if (unit(key, salts.step, 12) < 0.5) answer(writer, again, mix(key, salts.step, 13));
}

function converse(writer: Writer, begin: number, key: number): void {
  let asked = begin;
  if (unit(key, salts.step, 14) < 0.15) {
    write(writer, 2003, begin, citizenSays.greeting(key));
    robotAnswers(writer, begin, key);
    asked = begin + 10 + Math.floor(unit(key, salts.step, 15) * 60);
    write(writer, 2003, asked, citizenSays.question(key));
  } else {
    write(writer, 2003, begin, citizenSays.question(key));
    robotAnswers(writer, begin, key);
  }
  if (unit(key, salts.step, 16) < 0.02) write(writer, 2001, asked + 1, "");
  const answered = answer(writer, asked, key);
  if (answered === null) {
    reminder(writer, asked, key);
    return;
  }
  const draw = unit(key, salts.step, 17);
  const later = answered + 90 + Math.floor(unit(key, salts.step, 18) * 900);
  if (draw < 0.3) write(writer, 2003, later, citizenSays.thanks(key));
  else if (draw < 0.5) {
    write(writer, 2003, later, citizenSays.followUp(key));
    answer(writer, later, mix(key, salts.step, 19));
  }
}

/** The records of all conversations that begin on that day; some of them are of later days. */
export function conversationsOn(account: Account, day: Day): ServiceRecord[] {
  const { seed, index, service } = account;
  if (service === null) return [];
  const usual = weekday(day) >= 1 && weekday(day) <= 5 ? service.perDay : service.perDay * 0.4;
  const count = Math.floor(
    usual * (0.5 + unit(seed, salts.count, index, day)) + unit(seed, salts.count, index, day, 1),
  );
  const people = Math.ceil(20 + 40 * service.perDay);
  const records: ServiceRecord[] = [];
  for (let number = 0; number < count; number++) {
    const key = mix(seed, salts.conversation, index, day, number);
    const openid = openidOf(account, Math.floor(unit(key, salts.person) ** 2 * people));
    const worker = `kf0${1 + (mix(key, salts.person, 1) % 3)}@${account.originalId}`;
    converse({ account, openid, worker, records }, startOfDayMs(day) / 1_000 + momentOfDay(unit(key, salts.step)), key);
  }
  return records;
}

/** What the robot says that day to people who follow and write nothing. */
export function followersGreetedOn(account: Account, day: Day): ServiceRecord[] {
  const { seed, index, service, functions } = account;
  if (service === null || !functions.greetsFollowers) return [];
  const count = Math.floor(service.perDay * (0.4 + 0.4 * unit(seed, salts.followers, index, day)));
  return Array.from({ length: count }, (_, number) => {
    const key = mix(seed, salts.followers, index, day, number);
    return { key, at: startOfDayMs(day) / 1_000 + momentOfDay(unit(key, salts.step)) };
  }).flatMap(({ key, at }) => {
    const text = valueAt(functions.greeting, at);
    if (text === null) return [];
    const openid = openidOf(account, firstFollower + (key % 2 ** 20));
    return [{ openid, opercode: 2002, at, text, robot: true, worker: `kf01@${account.originalId}` }];
  });
}
