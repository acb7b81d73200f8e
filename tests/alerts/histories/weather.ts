import { dateText, dayAt } from "../../../src/simulator/calendar.ts";
import type { Account } from "../../../src/simulator/county.ts";
import type { Fault } from "../../../src/simulator/faults.ts";
import { salt } from "../../../src/simulator/random.ts";
import type { World } from "../../../src/simulator/world.ts";
import { between, type Draw, dice, oneOf } from "./dice.ts";
import { DAY, endOfDay, type History, HOUR, type Span, startOfDay } from "./posts.ts";

/** Something that goes wrong for a while, for one account or for all. */
export interface Trouble extends Span {
  kind: string;
  /** Begins it; the answer ends it. */
  begin(world: World): () => void;
}

/** A day that the platform leaves out for everybody while it lasts, in all its answers. */
export interface Omission extends Span {
  day: string;
}

const salts = { account: salt("trouble of an account"), platform: salt("trouble of the platform") };
const STATISTICS = ["getbizsummary", "getarticletotaldetail"] as const;
/** The client repeats these at once, after real seconds: only for short troubles. */
const PASSING: readonly [Fault, ...Fault[]] = [
  { errcode: -1 },
  { status: 502, html: true },
  "html",
  "truncated",
  "garbage",
  "reset",
];
const LASTING: readonly [Fault, ...Fault[]] = [
  { errcode: 45011 },
  { errcode: 99999 },
  { errcode: 50007 },
  { status: 200, body: '{"list":"none"}' },
];
const SPOILT: readonly [Fault, ...Fault[]] = [...PASSING, ...LASTING];

interface Strike {
  fault: Fault;
  api?: string;
  appid?: string;
  probability?: number;
}

const strike = (strikes: Strike[]) => (world: World) => {
  const ids = strikes.map((rule) => world.faults.add(rule));
  return () => {
    for (const id of ids) world.faults.clear(id);
  };
};

function changed<Key extends keyof Account["switches"]>(account: Account, key: Key, value: Account["switches"][Key]) {
  const healthy = account.switches[key];
  return () => {
    account.switches[key] = value;
    return () => {
      account.switches[key] = healthy;
    };
  };
}

/** Which of both statistics, or both of them. */
const someStatistics = (draw: Draw) => oneOf<readonly string[]>(draw, [STATISTICS, [STATISTICS[0]], [STATISTICS[1]]]);

function accountTrouble(draw: Draw, account: Account, from: number): Trouble {
  const { appid } = account;
  const lasting = (kind: string, hours: [number, number], begin: Trouble["begin"]): Trouble => ({
    ...{ kind, from, to: from + between(draw, ...hours) * HOUR, begin },
  });
  const choices: readonly [() => Trouble, ...(() => Trouble)[]] = [
    () => lasting("spoilt answers", [1, 40], strike([{ appid, fault: oneOf(draw, LASTING), probability: 0.6 }])),
    () => lasting("account unreachable", [4, 100], strike([{ appid, fault: oneOf(draw, LASTING) }])),
    () =>
      lasting("empty lists", [2, 60], strike(someStatistics(draw).map((api) => ({ appid, api, fault: "empty_list" })))),
    () => lasting("empty publications", [2, 60], strike([{ appid, api: "freepublish_batchget", fault: "empty_list" }])),
    () => lasting("delay", [2, 60], strike(someStatistics(draw).map((api) => ({ appid, api, fault: "is_delay" })))),
    () => lasting("rotated secret", [5, 100], changed(account, "secret", "0123456789abcdef0123456789abcdef")),
    () => lasting("address not allowed", [5, 100], changed(account, "allowListed", false)),
    () => lasting("verification lapsed", [5, 100], changed(account, "verifiedUntilSeconds", from)),
    () =>
      lasting("quota", [5, 60], (world) => {
        const used = Object.fromEntries(someStatistics(draw).map((api) => [api, 999]));
        world.settings.foreignCalls[appid] = used;
        return () => {
          delete world.settings.foreignCalls[appid];
        };
      }),
  ];
  return oneOf(draw, choices)();
}

function lateDay(draw: Draw, at: number): Trouble {
  const from = startOfDay(at);
  const readyAt = oneOf(draw, ["09:40", "11:30", "14:20", "23:30"]);
  const notReady = oneOf(draw, ["61503", "is_delay"]);
  const begin = ({ settings }: World) => {
    Object.assign(settings, { readyAt, notReady });
    return () => void Object.assign(settings, { readyAt: "08:00", notReady: "61503" });
  };
  return { kind: "late statistics", from, to: endOfDay(from), begin };
}

export interface Weather {
  troubles: Trouble[];
  omissions: Omission[];
}

type PlatformTrouble = (draw: Draw, from: number) => Trouble | Omission;

const PLATFORM: readonly PlatformTrouble[] = [
  lateDay,
  (draw, from) => {
    const begin = strike([{ fault: oneOf(draw, PASSING) }]);
    return { kind: "short outage of the platform", from, to: from + between(draw, 0.5, 3) * HOUR, begin };
  },
  (draw, from) => {
    const begin = strike(someStatistics(draw).map((api) => ({ api, fault: "empty_list" })));
    return { kind: "empty lists everywhere", from: startOfDay(from), to: endOfDay(from), begin };
  },
  lateDay,
  (draw, from) => {
    const begin = strike([{ fault: oneOf(draw, LASTING) }]);
    return { kind: "outage of the platform", from, to: from + between(draw, 3, 75) * HOUR, begin };
  },
  (_draw, from) => ({ from: startOfDay(from), to: endOfDay(from), day: dateText(dayAt(from * 1_000) - 1) }),
];

/** Half of it while a post is about to be told, the rest at any time. */
function accountTroubles(world: World, account: Account, { posts }: History, span: Span): Trouble[] {
  const draw = dice(world.seed, salts.account, account.index);
  const begins = posts
    .filter(({ at }) => at > span.from && draw() < 0.4)
    .map(({ at }) => at + between(draw, -6, 30) * HOUR);
  for (let from = span.from + draw() * 14 * DAY; from < span.to; from += between(draw, 2, 24) * DAY) begins.push(from);
  return begins.map((from) => accountTrouble(draw, account, from));
}

/** Everything that goes wrong within the span, the same for the same seed. */
export function drawWeather(world: World, histories: readonly History[], span: Span): Weather {
  const background = strike(SPOILT.map((fault) => ({ fault, probability: 1 / 300 / SPOILT.length })));
  const troubles: Trouble[] = [{ kind: "1 answer in 300", ...span, begin: background }];
  for (const account of world.accounts) {
    const history = histories[account.index];
    if (history) troubles.push(...accountTroubles(world, account, history, span));
  }
  const draw = dice(world.seed, salts.platform);
  const omissions: Omission[] = [];
  let turn = world.seed;
  for (let from = span.from + DAY; from < span.to; from += between(draw, 0.4, 1.8) * DAY) {
    const trouble = PLATFORM[turn++ % PLATFORM.length]?.(draw, from);
    if (trouble && "day" in trouble) omissions.push(trouble);
    else if (trouble) troubles.push(trouble);
  }
  return { troubles: troubles.sort((a, b) => a.from - b.from), omissions };
}
