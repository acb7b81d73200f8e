import { articleDataBegin, type Day, startOfDayMs } from "./calendar.ts";
import { catalogue, type Entry, type ReplyHabit, villageEntry } from "./catalogue.ts";
import { hex, mix, pick, salt, unit } from "./random.ts";
import { type CommentTrap, type Functions, timeline } from "./replies/functions.ts";
import { greetingOf } from "./replies/texts.ts";

export const permissions = [
  "statistics",
  "followers",
  "publications",
  "profile",
  "comments",
  "messages",
  "upstream",
] as const;
export type Permission = (typeof permissions)[number];

/** What a test or an administrator in the platform's console can change. */
export interface Switches {
  secret: string;
  /** The secret is frozen in the console. */
  frozen: boolean;
  /** From this second on every business call is refused; null was never verified. */
  verifiedUntilSeconds: number | null;
  allowListed: boolean;
  permissions: Record<Permission, boolean>;
  /** detail_list holds only its newest row. */
  sparseCurves: boolean;
  /** Days on which nothing was published and read get no row instead of a row of zeros. */
  omitsEmptyDays: boolean;
  /** From this day on the platform takes back a share of what it had counted. */
  correction: { from: Day; factor: number } | null;
  /** What stands in the place of all pages of the account. */
  pages: { state: "account_gone" | "migrated"; sinceSeconds: number } | null;
  commentTrap: CommentTrap | null;
}

export interface Account extends Entry {
  index: number;
  seed: number;
  appid: string;
  originalId: string;
  /** What the register holds; differs from the true secret after a rotation. */
  registeredSecret: string;
  contactName: string;
  /** The account in links: its number in Base64. */
  biz: string;
  openedOn: Day | null;
  /** Answers and truth begin here; what was published before is only still being read. */
  firstDay: Day;
  /** A silent account published last on this day. */
  lastDay: Day | null;
  /** The first msg_data_id of the account. */
  idBase: bigint;
  switches: Switches;
  replying: ReplyHabit;
  functions: Functions;
}

const salts = {
  appid: salt("appid"),
  secret: salt("secret"),
  oldSecret: salt("old secret"),
  original: salt("original id"),
  contact: salt("contact"),
  convention: salt("convention"),
  id: salt("msg_data_id"),
  village: salt("village"),
  channel: salt("village channel"),
  biz: salt("biz"),
  verified: salt("verified"),
  profile: salt("profile"),
  functions: salt("village functions"),
  replying: salt("reply habit"),
  silentComments: salt("comments under silent articles"),
};
const bizRoom = 7_919;
const surnames = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"] as const;
const givenNames = ["晓云", "建国", "丽华", "志强", "春燕", "明", "雪梅", "海涛", "敏", "文杰"] as const;

/** Beyond this a JavaScript number loses digits. */
const largestSafeId = BigInt(Number.MAX_SAFE_INTEGER);

function idBaseOf(entry: Entry, index: number, seed: number): bigint {
  if (entry.special === "shared_msgid") return 2_247_486_000n;
  const draw = BigInt(mix(seed, salts.id, index) % 1_000_000);
  return index % 7 === 3 ? largestSafeId + 2n + draw : 2_247_490_000n + draw;
}

function bizOf(index: number, seed: number): string {
  const number = 3_000_000_000 + index * bizRoom + (mix(seed, salts.biz, index) % bizRoom);
  return Buffer.from(String(number)).toString("base64");
}

const drawnHabits = ["prompt", "prompt", "prompt", "mornings", "mornings", "slow", "tireless", "never"] as const;

function functionsOf({ name, comments, service }: Entry, index: number, seed: number): Functions {
  const robot = service?.robot ?? "none";
  return {
    comments: timeline(comments),
    customerService: timeline(service !== null),
    callback: timeline(service?.callback ?? false),
    greeting: timeline<string | null>(robot === "none" ? null : greetingOf(name)),
    keywords: robot === "keywords",
    greetsFollowers: robot === "followers",
    silentComments: unit(seed, salts.silentComments, index) < 0.7,
  };
}

export function isVerified({ switches }: Account, nowMs: number): boolean {
  return switches.verifiedUntilSeconds !== null && nowMs < switches.verifiedUntilSeconds * 1_000;
}

function createAccount(entry: Entry, index: number, seed: number, startDay: Day, days: number): Account {
  const { special, silentDays } = entry;
  const secret = hex(32, seed, salts.secret, index);
  const verifiedDays = entry.verifiedDays ?? 90 + (mix(seed, salts.verified, index) % 270);
  const openedOn = special === "just_opened" ? startDay - 7 : null;
  const lastDay = silentDays === null ? null : startDay - silentDays;
  return {
    ...entry,
    index,
    seed,
    appid: `wx${hex(16, seed, salts.appid, index)}`,
    originalId: `gh_${hex(12, seed, salts.original, index)}`,
    registeredSecret: special === "rotated_secret" ? hex(32, seed, salts.oldSecret, index) : secret,
    contactName: pick(surnames, seed, salts.contact, index) + pick(givenNames, seed, salts.contact, index, 1),
    biz: bizOf(index, seed),
    openedOn,
    firstDay: Math.max(articleDataBegin, openedOn ?? Math.min(startDay - days, lastDay ?? startDay)),
    lastDay,
    idBase: idBaseOf(entry, index, seed),
    switches: {
      secret,
      frozen: false,
      verifiedUntilSeconds: startOfDayMs(startDay + verifiedDays) / 1_000,
      allowListed: special !== "not_allow_listed",
      permissions: {
        statistics: true,
        followers: special !== "no_follower_permission",
        publications: true,
        // Whether an account's own token may ask for its profile is not documented: here it differs.
        profile: unit(seed, salts.profile, index) < 0.8,
        comments: true,
        messages: true,
        upstream: true,
      },
      sparseCurves: special === "sparse_curves",
      omitsEmptyDays: special !== "never_posted" && unit(seed, salts.convention, index) < 1 / 3,
      correction: null,
      pages: null,
      commentTrap: null,
    },
    replying: entry.replying ?? pick(drawnHabits, seed, salts.replying, index),
    functions: functionsOf(entry, index, seed),
  };
}

export function createCounty(count: number, seed: number, startDay: Day, days: number): Account[] {
  return Array.from({ length: count }, (_, index) => {
    const draws = [
      unit(seed, salts.village, index),
      unit(seed, salts.channel, index),
      unit(seed, salts.functions, index),
    ] as const;
    const entry = catalogue[index] ?? villageEntry(index - catalogue.length, ...draws);
    return createAccount(entry, index, seed, startDay, days);
  });
}
