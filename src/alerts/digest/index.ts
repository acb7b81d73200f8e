import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { HolidayYear } from "../../calendar/holidays.ts";
import { dayOf, endOf, timeOn } from "../../calendar.ts";
import { type AccountFacts, readAccountFacts } from "../../store/alertFacts.ts";
import type { Database } from "../../store/database.ts";
import { type DigestNotification, insertDigest, isDigestMade, readDueReplies } from "../../store/digest.ts";
import { readWorkCalendar } from "../../store/holidays.ts";
import { dutyOf, type Recipient, recipientsOf, waysOf } from "../recipients.ts";
import type { Routes } from "../routes.ts";
import type { Concern, Sheet } from "./sheet.ts";
import { isEverythingFinal, isJudged, isSurveyed, oldestData, survey } from "./survey.ts";
import { isDigestDay, longDaysOffAfter } from "./workdays.ts";

export { composeDigests } from "./compose.ts";

/** From the first on as soon as yesterday is final, from the second on anyway; whoever starts at the third is too late. */
const TIMES = { earliest: "08:30", latest: "10:00", tooLate: "12:00" };

/** Makes the day's digest once its time has come; true when this call made it. Without routes there is nobody to read it. */
export async function makeDigest({
  db,
  routes,
  holidays,
  now,
  log,
}: {
  db: Kysely<Database>;
  routes: Routes | null;
  holidays: readonly HolidayYear[];
  now: Date;
  log: Logger;
}): Promise<boolean> {
  const day = dayOf(now);
  if (routes === null || now < timeOn(day, TIMES.earliest) || now >= timeOn(day, TIMES.tooLate)) return false;
  if (await isDigestMade(db, day)) return false;
  const calendar = await readWorkCalendar(db, holidays);
  if (!isDigestDay(calendar, day)) return false;
  const accounts = [...(await readAccountFacts(db, "all")).values()].filter((account) => isSurveyed(account, now));
  if (accounts.length === 0) return false;
  if (now < timeOn(day, TIMES.latest) && !isEverythingFinal(accounts, day, now)) return false;

  const due = await readDueReplies(db, now, endOf(day));
  const daysOff = longDaysOffAfter(calendar, day);
  const { concerns, counts, asOf } = survey(accounts, due, { day, now, daysOff });
  const notification = ({ recipient, hops }: Recipient, sheet: Sheet): DigestNotification => ({
    ...{ recipient, sheet },
    ...waysOf(routes, hops),
  });
  const common = { day, madeAt: now, daysOff, boardsUrl: routes.boardsUrl };
  const contacts = readersOf(routes, accounts, counts.stalled ? concerns.flatMap(withoutFaults) : concerns).map(
    ({ recipient, concerns: own, accounts: theirs }) =>
      notification(recipient, { ...common, asOf: oldestData(theirs), county: null, concerns: own }),
  );
  const duty = notification(dutyOf(routes), { ...common, asOf, county: counts, concerns });
  const notifications = [...contacts, duty];
  if (!(await insertDigest(db, { day, asOf, now }, notifications))) return false;
  log.info({ day, recipients: notifications.length, accounts: concerns.length }, "the digest is made");
  return true;
}

/** What nobody but those who run the installation can mend. */
function withoutFaults(concern: Concern): Concern[] {
  return concern.deadline || concern.replies ? [{ ...concern, fault: null }] : [];
}

interface Reader {
  recipient: Recipient;
  concerns: Concern[];
  /** Those of the concerns that can be seen. */
  accounts: AccountFacts[];
}

/** Whoever is reached at one place under one name reads one sheet. What nobody else reads stands in the county's. */
function readersOf(routes: Routes, accounts: readonly AccountFacts[], concerns: readonly Concern[]): Reader[] {
  const byCode = new Map(accounts.map((account) => [account.code, account]));
  const found = new Map<string, Reader>();
  for (const concern of concerns) {
    const account = byCode.get(concern.code);
    if (!account) continue;
    for (const recipient of recipientsOf(routes, account)) {
      if (recipient.recipient === dutyOf(routes).recipient) continue;
      const key = JSON.stringify([recipient.hops[0]?.channel, recipient.hops[0]?.target]);
      const reader = found.get(key) ?? { recipient, concerns: [], accounts: [] };
      found.set(key, reader);
      reader.concerns.push(concern);
      if (isJudged(account) && concern.unseen === null) reader.accounts.push(account);
    }
  }
  return [...found.values()];
}
