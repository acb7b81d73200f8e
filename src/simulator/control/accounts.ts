import { dateText, dayAt, parseDay } from "../calendar.ts";
import { type Account, isVerified, permissions as permissionNames, type Switches } from "../county.ts";
import type { World } from "../world.ts";
import { changeFunctions, functionNames, functionsTruth } from "./functions.ts";
import {
  BadRequest,
  type Input,
  isShare,
  optionalCount,
  optionalFlag,
  optionalMoment,
  optionalText,
  readObject,
  refuseUnknown,
} from "./input.ts";

const articlesPerPush = 8;

export function readAccount(world: World, input: Input): Account {
  const appid = optionalText(input, "appid") ?? "";
  const account = world.byAppid.get(appid);
  if (account === undefined) throw new BadRequest(`appid: unknown account ${appid}`);
  return account;
}

/** An article of today shows in the statistics tomorrow, as on the platform. */
export function publish(world: World, input: Input | null): object {
  if (input === null) throw new BadRequest("body: expected appid");
  refuseUnknown(input, ["appid", "articles", "notified", "at"]);
  const account = readAccount(world, input);
  const nowMs = world.clock.nowMs();
  const atMs = optionalMoment(input, "at") ?? nowMs;
  if (atMs > nowMs) throw new BadRequest("at: lies in the future");
  if (dayAt(atMs) < account.firstDay)
    throw new BadRequest(`at: lies before ${dateText(account.firstDay)}, where the history begins`);
  const count = optionalCount(input, "articles") ?? 1;
  if (count < 1 || count > articlesPerPush) throw new BadRequest(`articles: expected 1 to ${articlesPerPush}`);
  const published = world.historyOf(account).publish(count, optionalFlag(input, "notified") ?? true, atMs);
  if (published === null) throw new BadRequest("at: the day has no ids left for another push");
  return {
    publish_date: dateText(dayAt(atMs)),
    articles: published.map(({ msgid, title, url, publishedAtSeconds }) => ({
      msgid,
      title,
      url,
      published_at: publishedAtSeconds,
    })),
  };
}

function readCorrection(value: unknown): Switches["correction"] {
  if (value === null) return null;
  const input = readObject(value, "correction");
  const from = parseDay(input.from);
  if (from === null || !isShare(input.factor))
    throw new BadRequest("correction: expected {from: YYYY-MM-DD, factor: 0..1}");
  return { from, factor: input.factor };
}

const yearSeconds = 365 * 86_400;

/** `verified` renews or ends the verification now; `verifiedUntil` moves its end. */
function readVerification(set: Input, account: Account, nowMs: number): number | null {
  const until = optionalMoment(set, "verifiedUntil");
  if (until !== undefined) return Math.floor(until / 1_000);
  const verified = optionalFlag(set, "verified");
  const nowSeconds = Math.floor(nowMs / 1_000);
  if (verified === undefined || verified === isVerified(account, nowMs)) return account.switches.verifiedUntilSeconds;
  return verified ? nowSeconds + yearSeconds : nowSeconds;
}

function readPages(value: unknown, nowMs: number): Switches["pages"] {
  if (value === null) return null;
  if (value !== "account_gone" && value !== "migrated")
    throw new BadRequest("pages: expected account_gone, migrated or null");
  return { state: value, sinceSeconds: Math.floor(nowMs / 1_000) };
}

/** Mends or breaks an account; changes what is named and keeps the rest. */
export function changeAccount(world: World, input: Input | null): object {
  if (input === null) throw new BadRequest("body: expected appid and set");
  refuseUnknown(input, ["appid", "set"]);
  const account = readAccount(world, input);
  const { switches } = account;
  const set = readObject(input.set, "set");
  const { verifiedUntilSeconds: _until, ...named } = switches;
  refuseUnknown(set, [...Object.keys(named), ...functionNames, "verified", "verifiedUntil"]);
  const nowMs = world.clock.nowMs();
  const permissions = set.permissions === undefined ? {} : readObject(set.permissions, "permissions");
  refuseUnknown(permissions, Object.keys(switches.permissions));
  changeFunctions(account, set, nowMs);
  Object.assign(switches, {
    secret: optionalText(set, "secret") ?? switches.secret,
    frozen: optionalFlag(set, "frozen") ?? switches.frozen,
    verifiedUntilSeconds: readVerification(set, account, nowMs),
    allowListed: optionalFlag(set, "allowListed") ?? switches.allowListed,
    sparseCurves: optionalFlag(set, "sparseCurves") ?? switches.sparseCurves,
    omitsEmptyDays: optionalFlag(set, "omitsEmptyDays") ?? switches.omitsEmptyDays,
    correction: set.correction === undefined ? switches.correction : readCorrection(set.correction),
    pages: set.pages === undefined ? switches.pages : readPages(set.pages, nowMs),
    permissions: Object.fromEntries(
      permissionNames.map((name) => [name, optionalFlag(permissions, name) ?? switches.permissions[name]]),
    ),
  });
  const { correction } = switches;
  const shown = correction === null ? null : { ...correction, from: dateText(correction.from) };
  return {
    appid: account.appid,
    ...switches,
    verified: isVerified(account, nowMs),
    correction: shown,
    functions: functionsTruth(account, Math.floor(nowMs / 1_000)),
  };
}
