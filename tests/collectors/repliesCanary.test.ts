import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { sql } from "kysely";
import { freePort } from "../../src/embedded/port.ts";
import { startSimulator } from "../../src/simulator/index.ts";
import { openDatabase } from "../../src/store/database.ts";
import { commands, documentOf, type Environment, isolated, ROOT } from "../support/cli.ts";
import { waitFor } from "../support/county.ts";
import { databaseText } from "../support/dump.ts";
import { editingProxy } from "../support/editingProxy.ts";
import { migrated } from "../support/migrated.ts";
import { startProcess } from "../support/process.ts";
import { writer } from "../support/register.ts";
import type { ReplyAccount } from "../support/replyTruth.ts";

type Row = Record<string, unknown>;
const LISTS = { list: "comment", getmsglist: "recordlist" } as const;

/** What a platform, or something in front of it, may make of an answer that holds what people wrote. */
const SPOILT: ((name: string, rows: Row[]) => unknown)[] = [
  (name, rows) => ({
    errcode: 0,
    total: rows.length,
    [name]: Object.fromEntries(rows.map((row) => [row.openid, row])),
  }),
  (_name, [row]) => ({ errcode: 99_999, errmsg: `refused ${row?.openid} ${row?.content ?? row?.text}` }),
  (name, rows) => ({
    errcode: 0,
    total: rows.length,
    [name]: rows.map(({ openid, content, text }) => [openid, content, text]),
  }),
  (name, rows) => ({ [name]: JSON.stringify(rows), total: String(rows[0]?.openid), number: rows[0]?.text, msgid: {} }),
  (_name, rows) => JSON.stringify(rows),
  (name, rows) => ({
    ...{ errcode: 0, total: rows.length, number: rows.length, msgid: 1 },
    [name]: rows.map((row) => ({ ...row, create_time: row.content, time: row.text, user_comment_id: row.openid })),
  }),
];
/** Which answers are spoilt: customer service is not asked on after such a one, an article's neighbour is. */
const TURNS = {
  list: new Map(SPOILT.flatMap((spoil, index) => [index * 3, 20 + index * 4].map((turn) => [turn, spoil] as const))),
  getmsglist: new Map(SPOILT.filter((_, index) => index % 2 === 0).map((spoil, index) => [index * 3, spoil] as const)),
};

test("no openid and nothing that people wrote is found in the database, the queue, logs, metrics, pages and commands, whatever comes", async (t) => {
  const simulator = await startSimulator({ accounts: 3, days: 20 });
  t.after(() => simulator.close());
  const answers = { list: 0, getmsglist: 0 };
  const proxy = await editingProxy(
    t,
    () => simulator.url,
    (exchange) => {
      const { api } = exchange;
      if (api !== "list" && api !== "getmsglist") return;
      const rows = (exchange.answer as unknown as Record<string, Row[] | undefined>)[LISTS[api]] ?? [];
      if (rows.length === 0) return;
      const spoil = TURNS[api].get(answers[api]);
      answers[api] += 1;
      if (spoil) exchange.answer = spoil(LISTS[api], rows) as typeof exchange.answer;
    },
  );
  const control = async (path: string, body?: object) => {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${simulator.url}/_/${path}`, init);
    assert.equal(response.status, 200, path);
    return response;
  };
  await control("settings", { readyAt: "00:00" });
  const state = (await (await control("state?replies=1&detail=brief")).json()) as {
    marker: string;
    openid_prefix: string;
    accounts: ReplyAccount[];
  };
  const openids = new Set(
    state.accounts.flatMap(({ comments, messages }) => [...comments, ...messages].map(({ openid }) => openid)),
  );
  openids.delete(null);
  const hidden = [state.marker, state.openid_prefix, ...[...openids].map((openid) => String(openid).slice(-16))];
  assert.ok(openids.size > 500);
  for (const fault of ["truncated", "garbage", "html"]) {
    for (const api of ["comment_list", "getmsglist"])
      await control("faults", { appid: state.accounts[0]?.appid, api, fault, count: 1 });
  }

  const { url: databaseUrl } = await migrated.create(t);
  const env: Environment = {
    ...{ DATABASE_URL: databaseUrl, MASTER_KEY: randomBytes(32).toString("base64") },
    ...{ WECHAT_API_URL: proxy, WECHAT_PAGE_URL: simulator.url, PAGE_INTERVAL_SECONDS: "0.1" },
    ...{ STATISTICS_READY_AT: "00:00", PLANNER_INTERVAL_SECONDS: "1", LOG_LEVEL: "trace" },
  };
  const told: [string, string][] = [];
  const run = commands(t, env);
  const tell = async (args: string[], stdin?: string) => {
    const done = await run([...args, "--debug"], stdin === undefined ? {} : { stdin });
    told.push([args.join(" "), done.stdout + done.stderr]);
    return done;
  };
  const register = writer(t)("register.csv", await (await control("register.csv")).text());
  assert.equal((await run(["account", "import", register, "--json"])).code, 0);

  const db = openDatabase(databaseUrl, { max: 2 });
  t.after(() => db.destroy());
  const processes = await Promise.all(
    ["planner", "collector", "exporter"].map(async (name) => {
      const listen = `127.0.0.1:${await freePort()}`;
      const running = startProcess(t, process.execPath, [join(ROOT, `workers/${name}.ts`)], {
        env: isolated({ ...env, LISTEN: listen }),
      });
      await running.output(new RegExp(`"${name} runs"`));
      return { ...running, name, url: `http://${listen}` };
    }),
  );
  const count = async (table: string) =>
    Number((await sql<{ n: number }>`select count(*)::integer as n from ${sql.table(table)}`.execute(db)).rows[0]?.n);
  // At night a visit for replies asks nothing and is put off till the morning.
  const unfinished = () =>
    sql`select from visit where finished_at is null
      and (collector = 'statistics' or collector = 'replies' and next_due_at <= now())`.execute(db);
  await waitFor("every account to be visited", async () => (await unfinished()).rows.length === 0, 120_000);
  // Articles that the statistics told only after the first look, and what was spoilt in it; at any hour of the day.
  await tell(["collect", "--collector", "replies", "--json"]);
  for (let more = 0; more < 3; more++) await tell(["collect", "--collector", "replies"]);
  // At night only who is named is asked.
  for (let more = 0; more < 15 && Object.values(answers).some((given) => given <= 15); more++)
    for (const { code } of state.accounts) await tell(["collect", "--account", code, "--collector", "replies"]);
  told.push(["tables and queue while all runs", await databaseText(databaseUrl)]);
  for (const { name, url } of processes)
    for (const path of ["metrics", "", "ready"])
      told.push([`${name} /${path}`, await (await fetch(`${url}/${path}`)).text()]);
  for (const running of processes) {
    assert.equal((await running.kill("SIGTERM")).code, 0);
    told.push([running.name, running.stdout() + running.stderr()]);
  }
  const collectorLog = told.find(([place]) => place === "collector")?.[1] ?? "";
  assert.match(collectorLog, /platform request/, "the log is at its finest");

  const raw = documentOf<{ answers: { id: number; api: string }[] }>(await tell(["raw", "list", "--json"])).answers;
  assert.ok(raw.some(({ api }) => api === "comment_list"));
  assert.ok(raw.some(({ api }) => api === "getmsglist"));
  for (const { id } of raw.slice(0, 4)) await tell(["raw", "show", String(id)]);
  const own = state.accounts.flatMap(({ messages }) => messages).find(({ staff }) => staff)?.text ?? "";
  assert.ok(own.includes(state.marker));
  for (const args of [["greeting", "list"], ["case", "list"], ["doctor"]]) await tell([...args, "--json"]);
  assert.equal((await tell(["greeting", "add", "--account", state.accounts[0]?.code ?? ""], own)).code, 0);
  assert.ok((await count("reply_case")) > 300, `${await count("reply_case")} cases`);
  assert.ok((await count("reply_message")) > 100, `${await count("reply_message")} messages`);
  assert.ok((await count("raw_answer")) > 5);
  told.push(["tables", await databaseText(databaseUrl)]);
  for (const [api, list] of Object.entries(answers)) assert.ok(list > 15, `${list} answers of ${api}`);

  for (const [place, text] of told) {
    assert.ok(text.length > 0, `${place} said nothing`);
    for (const value of hidden) {
      const at = text.indexOf(value);
      assert.ok(at < 0, `${place} holds ${value}: ${text.slice(Math.max(0, at - 300), at + 100)}`);
    }
  }
});
