import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "../../../src/store/database.ts";
import { migrated } from "../../support/migrated.ts";
import { eventually } from "../../support/process.ts";
import { startRobots } from "../../support/robots.ts";
import { report, rounds } from "../../support/rounds.ts";
import { startStack } from "../../support/stack.ts";
import { registerAccounts, type StateName, setStates } from "../../support/stackCounty.ts";
import { mostWithin, namedIn } from "../../support/stackWatch.ts";

const ACCOUNTS = 300;
const DEPARTMENTS = 45;
const WINDOW_MS = 5 * 60_000;
const BYTES = 4_096;
/** The long form runs everything as committed, and sees what had to wait for the next window. */
const FACTOR = rounds(60, 1);
const TOLD_WITHIN_MS = rounds(90_000, 12 * 60_000);
const WATCH_MS = rounds(20_000, 2 * WINDOW_MS + 6 * 60_000);

const pad = (number: number) => String(number).padStart(3, "0");
/** Six Chinese characters and digits, no name part of another. */
const nameOf = (index: number) => `云溪${pad(index)}号`;

test("of 300 accounts due at once the county's chat gets three messages that name each, each department's chat one", async (t) => {
  const robots = await startRobots(t);
  const { url } = await migrated.create(t);
  const db = openDatabase(url, { max: 4 });
  t.after(() => db.destroy());
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) => ({
    code: `account-${pad(index)}`,
    name: nameOf(index),
    department: `office-${index % DEPARTMENTS}`,
  }));
  const departments = [...new Set(accounts.map(({ department }) => department))];
  await registerAccounts(db, accounts);
  const channel = (name: string) => [name, { type: "wecom" as const, url: robots.add("wecom", name) }] as const;
  const stack = await startStack(t, {
    ...{ databaseUrl: url, factor: FACTOR },
    routes: {
      channels: Object.fromEntries(["county", ...departments].map(channel)),
      duty: [{ channel: "county" }],
      departments: Object.fromEntries(departments.map((code) => [code, [{ name: "张三", via: [{ channel: code }] }]])),
    },
  });
  await eventually(
    "Prometheus sees every account",
    async () =>
      (await stack.query("count(govmatrix_account_publish_deadline_timestamp_seconds)"))[0]?.value === ACCOUNTS,
    rounds(30_000, 90_000),
  );
  assert.deepEqual(robots.requests(), [], "nobody is told of accounts that are well");

  const all = (state: StateName) => new Map(accounts.map(({ code }) => [code, state] as const));
  const names = accounts.map(({ name }) => name);
  const unnamed = (robot: string, of: readonly string[]) =>
    [...namedIn(robots.accepted(robot), of)].filter(([, count]) => count === 0).map(([name]) => name);
  const startedAt = performance.now();
  await setStates(db, all("critical"));
  const told = () =>
    unnamed("county", names).length === 0 && departments.every((code) => robots.accepted(code).length > 0);
  await eventually("every account was told of", told, TOLD_WITHIN_MS).catch((error) => {
    const left = unnamed("county", names);
    throw new Error(
      `${error}: ${robots.accepted("county").length} messages, unnamed ${left.length}: ${left}\n${stack.notifier.output().slice(-3_000)}`,
    );
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  const storm = robots.accepted("county");
  assert.ok(storm.length <= 3, `${storm.length} messages`);
  assert.deepEqual([...new Set(namedIn(storm, names).values())], [1], "each account stands in one message");
  for (const { content } of storm) assert.ok(Buffer.byteLength(content) <= BYTES);
  for (const code of departments) {
    const messages = robots.accepted(code);
    assert.equal(messages.length, 1, code);
    const own = accounts.filter(({ department }) => department === code).map(({ name }) => name);
    assert.deepEqual(
      [...namedIn(messages, own)],
      own.map((name) => [name, 1]),
    );
  }

  // All is well again while the window of the first messages still lasts.
  await setStates(db, all("fine"));
  await sleep(WATCH_MS);
  const most = Math.max(...["county", ...departments].map((robot) => mostWithin(robots.accepted(robot), WINDOW_MS)));
  assert.ok(most <= 3, `${most} messages in five minutes`);
  assert.deepEqual(
    robots.requests().filter(({ accepted }) => !accepted),
    [],
    "no robot refused one",
  );
  if (WATCH_MS > WINDOW_MS) {
    const ended = robots.accepted("county").slice(storm.length);
    assert.deepEqual(
      [...namedIn(ended, names)].filter(([, count]) => count !== 1),
      [],
      "each end is told once",
    );
  }
  report(t, `messages in 5 minutes to one chat, ${ACCOUNTS} accounts at once`, `${most}`, "3");
  report(t, "accounts that no message named", `${unnamed("county", names).length} of ${ACCOUNTS}`, "0");
  report(t, `messages to each of ${DEPARTMENTS} departments' chats`, "1", "1");
  report(
    t,
    `from the store to the last message, durations / ${FACTOR}`,
    `${seconds.toFixed(0)} s`,
    `${TOLD_WITHIN_MS / 1_000} s`,
  );
});
