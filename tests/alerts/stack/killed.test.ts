import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "../../../src/store/database.ts";
import { startRobots } from "../../support/robots.ts";
import { report, rounds } from "../../support/rounds.ts";
import { startStack } from "../../support/stack.ts";
import { registerAccounts } from "../../support/stackCounty.ts";
import { live, randomHistory } from "../../support/stackHistories.ts";
import { killRounds, seeded } from "../../support/stackKills.ts";
import { startStackPostgres } from "../../support/stackPostgres.ts";
import { excused } from "../../support/stackRepeats.ts";
import { judge, levelOf, type Period, toldOf } from "../../support/stackTruth.ts";

const SEED = 7;
const ROUNDS = rounds(5, 50);
const ACCOUNTS = rounds(120, 240);
const DEPARTMENTS = 40;
const GAP_MS = rounds(3_000, 15_000);
const DOWN_MS = rounds(2_000, 5_000);
/** Histories go on while parts are killed. */
const LIFE_MS = ROUNDS * (GAP_MS + DOWN_MS);
const HISTORY = { untilMs: LIFE_MS, lastMs: rounds(40_000, 90_000), passMs: rounds(10_000, 25_000) };
const MARGINS = { toldWithinMs: rounds(45_000, 75_000), underWayMs: 5_000 };
/** Alertmanager that forgot what it told never tells of its end: then half an hour of contrary data counts. */
const SETTLE_MS = rounds(45_000, 35 * 60_000);
const PACE = {
  ...{ roundMs: 1_000, gatherMs: 1_000, quietMs: 4_000, windowMs: 15_000, recheckMs: 5_000 },
  ...{ leaseMs: 10_000, sendTimeoutMs: 5_000, persistMs: 5_000, concurrency: 32 },
};

test("whatever is killed, each contact hears of every event at least once, hardly ever twice, and of nothing that is not so", async (t) => {
  const random = seeded(SEED);
  const postgres = await startStackPostgres(t);
  const db = openDatabase(postgres.databaseUrl, { max: 4, onIdleError: () => {} });
  t.after(() => db.destroy());
  const robots = await startRobots(t);
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) => {
    const number = String(index).padStart(3, "0");
    return { code: `account-${number}`, name: `云溪${number}号`, department: `office-${index % DEPARTMENTS}` };
  });
  const departments = [...new Set(accounts.map(({ department }) => department))];
  await registerAccounts(db, accounts);
  const hook = (name: string) => {
    const signingSecret = `secret of ${name}`;
    return [name, { type: "webhook" as const, url: robots.add("hook", name, signingSecret), signingSecret }] as const;
  };
  const stack = await startStack(t, {
    ...{ databaseUrl: postgres.databaseUrl, pace: PACE },
    routes: {
      channels: Object.fromEntries(["county", ...departments].map(hook)),
      duty: [{ channel: "county" }],
      departments: Object.fromEntries(departments.map((code) => [code, [{ name: "张三", via: [{ channel: code }] }]])),
    },
  });

  const begin = { state: "fine", from: Date.now(), settled: Date.now() } as const;
  const periods = new Map<string, Period[]>(accounts.map(({ code }) => [code, [begin]]));
  const changes = accounts.flatMap(({ code }) => randomHistory(code, random, HISTORY));
  const stop = new AbortController();
  t.after(() => stop.abort());
  const living = live(db, changes, periods, stop.signal);
  const parts = [postgres, stack.exporter, stack.alertmanager, stack.prometheus, stack.notifier];
  const { kills, died } = await killRounds({ parts, rounds: ROUNDS, random, gapMs: GAP_MS, downMs: DOWN_MS });
  await living;

  const now = (code: string) => levelOf(periods.get(code)?.at(-1)?.state ?? "fine");
  const names = accounts.map(({ name }) => name);
  const heard = () => {
    const told = toldOf(
      robots.accepted().filter(({ robot }) => robot !== "county"),
      names,
    );
    return accounts.map(({ code, name }) => ({ code, name, told: told.get(name) ?? [] }));
  };
  const differing = async () => {
    const open = await db
      .selectFrom("alert_episode as p")
      .innerJoin("account as a", "a.id", "p.account_id")
      .select("a.code")
      .where("p.unsupported_since", "is not", null)
      .where("p.ended_at", "is", null)
      .execute();
    const patient = new Set(open.map(({ code }) => code));
    // Of a blind account nothing is claimed: what was heard before stands.
    const wrong = heard().filter(
      ({ code, told }) => periods.get(code)?.at(-1)?.state !== "blind" && (told.at(-1)?.level ?? null) !== now(code),
    );
    return {
      patient: wrong.filter(({ code }) => patient.has(code)),
      lost: wrong.filter(({ code }) => !patient.has(code)),
    };
  };
  const quick = ROUNDS < 50;
  let rest = await differing();
  for (const deadline = performance.now() + SETTLE_MS; performance.now() < deadline; rest = await differing()) {
    if (rest.lost.length + (quick ? 0 : rest.patient.length) === 0) break;
    await sleep(1_000);
  }
  const endedAt = Date.now();

  const duty = toldOf(robots.accepted("county"), names);
  const verdicts = heard().flatMap(({ code, name, told }) => {
    const history = periods.get(code) ?? [];
    const own = judge(name, history, told, { ...MARGINS, least: "info" }, endedAt);
    const common = judge(name, history, duty.get(name) ?? [], { ...MARGINS, least: "critical" }, endedAt);
    const channel = accounts.find((account) => account.code === code)?.department ?? "";
    return [
      { ...own, twice: own.twice.map((repeat) => ({ ...repeat, code, channel })) },
      { ...common, twice: common.twice.map((repeat) => ({ ...repeat, code, channel: "county" })) },
    ];
  });
  const sum = (list: (verdict: (typeof verdicts)[number]) => number) =>
    verdicts.reduce((total, verdict) => total + list(verdict), 0);
  const all = <Item>(list: (verdict: (typeof verdicts)[number]) => Item[]) => verdicts.flatMap(list);
  const events = await db
    .selectFrom("alert_event")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirst();
  const held = await db
    .selectFrom("notification")
    .select(["state", (eb) => eb.fn.countAll<number>().as("count")])
    .where("state", "in", ["inhibited", "unsupported"])
    .groupBy("state")
    .execute();
  const heldBack = held.map(({ state, count }) => `${Number(count)} ${state}`).join(", ");
  const messages = [...duty.values(), ...heard().map(({ told }) => told)].reduce(
    (total, { length }) => total + length,
    0,
  );
  const twice = all(({ twice }) => twice);
  const tries = { kills, pace: PACE, log: stack.notifier.output() };
  const unexplained: string[] = [];
  for (const repeat of twice) if (!(await excused(db, repeat, tries))) unexplained.push(repeat.text);
  const figures = parts.map(({ name }) => `${name} ${kills.filter((kill) => kill.name === name).length}`).join(", ");
  report(t, "kill -9 or SIGTERM", `${ROUNDS} rounds: ${figures}`, `${ROUNDS} rounds`);
  report(t, "events of alerts", `${Number(events?.count)}, told ${messages} times`, "1000 in the long form");
  report(
    t,
    "true for long enough and not told",
    `${all(({ lost }) => lost).length} of ${sum(({ expected }) => expected)}`,
    "0",
  );
  report(
    t,
    "not told at the end",
    `${rest.lost.length} of ${ACCOUNTS}, ${rest.patient.length} within half an hour`,
    "0",
  );
  report(t, "told twice", `${twice.length} of ${messages}`, quick ? "only by a kill" : "1 %");
  report(
    t,
    "told though inhibited or unsupported",
    `${all(({ unsupported }) => unsupported).length}; held back: ${heldBack || "none"}`,
    "0",
  );
  assert.deepEqual(died, [], "who is not killed goes on");
  assert.deepEqual(
    all(({ lost }) => lost),
    [],
    "lost",
  );
  assert.deepEqual(
    rest.lost.map(({ code, told }) => `${code}: ${now(code)}, heard ${JSON.stringify(told.at(-1))}`),
    [],
    "not told at the end",
  );
  assert.deepEqual(
    all(({ unsupported }) => unsupported),
    [],
    "not so when it was told",
  );
  assert.deepEqual(unexplained, [], "told twice without a reason");
  // Of few messages one that is repeated is more than one in a hundred.
  if (!quick) assert.ok(twice.length <= messages / 100, twice.map(({ text }) => text).join("\n"));
  if (!quick) assert.deepEqual(rest.patient, []);
  assert.ok(messages > ACCOUNTS / 2);
});
