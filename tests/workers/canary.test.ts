import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { Client } from "pg";
import { freePort } from "../../src/embedded/port.ts";
import { startSimulator } from "../../src/simulator/index.ts";
import { openDatabase } from "../../src/store/database.ts";
import { tokenPlace } from "../../src/store/token.ts";
import { parseMasterKeys, unseal } from "../../src/vault.ts";
import { commands, type Environment, isolated, ROOT } from "../support/cli.ts";
import { waitFor } from "../support/county.ts";
import { databaseText, redisText } from "../support/dump.ts";
import { migrated } from "../support/migrated.ts";
import { startProcess } from "../support/process.ts";
import { startRedis } from "../support/redis.ts";

const canary = (name: string) => `canary-${name}-${randomBytes(12).toString("hex")}`;

/** A database whose user's password is a canary. */
async function databaseOf(t: TestContext, password: string): Promise<string> {
  const { url } = await migrated.create(t);
  const user = `canary_${randomBytes(4).toString("hex")}`;
  const asAdmin = async (statement: string) => {
    const client = new Client({ connectionString: process.env.TEST_DATABASE_URL });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await asAdmin(`create role ${user} superuser login password '${password}'`);
  t.after(() => asAdmin(`drop role ${user}`));
  const own = new URL(url);
  own.username = user;
  own.password = password;
  return own.href;
}

test("secrets, tokens and passwords appear in no output, log line, job, row, metric or page, whatever goes wrong", async (t) => {
  const secret = canary("secret");
  const wrongSecret = canary("wrong");
  const databasePassword = canary("database");
  const redisPassword = canary("redis");
  const masterKey = randomBytes(32).toString("base64");
  const databaseUrl = await databaseOf(t, databasePassword);
  const redis = await startRedis(t, { password: redisPassword });
  const simulator = await startSimulator({ accounts: 12 });
  t.after(() => simulator.close());
  const control = async (path: string, body: object) => {
    const response = await fetch(`${simulator.url}/_/${path}`, { method: "POST", body: JSON.stringify(body) });
    assert.equal(response.status, 200, path);
  };

  await control("settings", { readyAt: "00:00" });
  const [header = "", ...rows] = (await (await fetch(`${simulator.url}/_/register.csv`)).text()).trim().split("\n");
  const columns = header.split(",");
  const appIds = rows.map((row) => row.split(",")[columns.indexOf("app_id")] ?? "");
  for (const appid of appIds.slice(1)) await control("account", { appid, set: { secret } });
  const register = rows.map((row, index) => {
    const cells = row.split(",");
    cells[columns.indexOf("app_secret")] = index === 0 ? wrongSecret : secret;
    return cells.join(",");
  });
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-canary-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "register.csv");
  writeFileSync(file, [header, ...register].join("\n"));
  const slipped = join(directory, "slipped.csv");
  writeFileSync(
    slipped,
    `department_code,account_code,account_name,app_id,kind\noffice,${secret}!,a,${secret}!,${secret}`,
  );

  const quoting = { errcode: 99_999, errmsg: `invalid credential secret=${secret} app_secret ${secret}` };
  const faults: [string, unknown][] = [
    ["getbizsummary", { errcode: 40001 }],
    ["getbizsummary", "html"],
    ["getarticletotaldetail", "garbage"],
    ["getarticletotaldetail", "truncated"],
    ["getusersummary", quoting],
    ["stable_token", quoting],
    ["getbizsummary", { status: 200, body: `{"list":[{"ref_date":"${secret}"}]}` }],
    ["getbizsummary", { status: 502, html: true, body: `<html>/cgi?secret=${secret}</html>` }],
    ["getbizsummary", "hang"],
  ];
  for (const [index, [api, fault]] of faults.entries())
    await control("faults", { appid: appIds[index + 2], api, fault });

  const env: Environment = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    MASTER_KEY: masterKey,
    WECHAT_API_URL: simulator.url,
    WECHAT_PAGE_URL: simulator.url,
    PAGE_INTERVAL_SECONDS: "0.1",
    STATISTICS_READY_AT: "00:00",
    PLANNER_INTERVAL_SECONDS: "1",
    LOG_LEVEL: "trace",
  };
  const told: [string, string][] = [];
  const run = commands(t, env);
  const tell = async (args: string[], stdin?: string) => {
    const done = await run([...args, "--debug"], stdin === undefined ? {} : { stdin });
    told.push([args.join(" "), done.stdout + done.stderr]);
    return done;
  };
  assert.equal((await tell(["account", "import", slipped, "--json"])).code, 1);
  assert.equal((await tell(["account", "import", file, "--json"])).code, 0);

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
  const db = openDatabase(databaseUrl, { max: 2 });
  t.after(() => db.destroy());
  const failed = () => db.selectFrom("visit").select("error_code").where("failures", ">", 0).execute();
  const open = () =>
    db
      .selectFrom("visit")
      .select("account_id")
      .where("account_id", "is not", null)
      .where("finished_at", "is", null)
      // At night a visit for replies asks nothing and is put off till the morning.
      .where(sql<boolean>`(collector <> 'replies' or next_due_at <= now())`)
      .execute();
  await waitFor(
    "all but the hanging visit to end",
    async () => (await open()).length === 1 && (await failed()).length > 5,
  );
  told.push(["redis", await redisText(redis.url)]);
  for (const { name, url } of processes) {
    for (const path of ["metrics", "", "ready"]) {
      told.push([`${name} /${path}`, await (await fetch(`${url}/${path}`)).text()]);
    }
  }
  for (const running of processes) {
    assert.equal((await running.kill("SIGTERM")).code, 0);
    assert.match(running.stderr(), /"level":/);
    told.push([running.name, running.stdout() + running.stderr()]);
  }
  assert.match(
    told.find(([place]) => place === "collector")?.[1] ?? "",
    /platform request/,
    "the log is at its finest",
  );

  await fetch(`${simulator.url}/_/faults`, { method: "DELETE" });
  await db
    .updateTable("visit")
    .set({ next_due_at: new Date(0) })
    .execute();
  const collect = await tell(["collect", "--json"]);
  assert.equal(collect.code, 1, "the wrong secret stays wrong");
  await tell(["account", "set", "archives", "app_secret=-", "--json"], `${secret} \n`);
  await tell(["account", "set", "archives", `app_secret=${secret}`]);
  await tell(["account", "list", "--json"]);
  await tell(["key", "rotate", "--json"]);
  told.push(["tables", await databaseText(databaseUrl)]);

  const vault = parseMasterKeys(masterKey);
  const tokens = (await db.selectFrom("token").select(["app_id", "token"]).execute()).flatMap(({ app_id, token }) =>
    token === null ? [] : [unseal(vault, tokenPlace(app_id), token)],
  );
  assert.ok(tokens.length > 5);
  const hidden = [
    secret,
    wrongSecret,
    databasePassword,
    redisPassword,
    masterKey,
    ...tokens.map((token) => token.slice(0, 24)),
  ];
  for (const [place, text] of told) {
    assert.ok(text.length > 0, `${place} said nothing`);
    for (const value of hidden) assert.ok(!text.includes(value), `${place} holds ${value}`);
  }
});
