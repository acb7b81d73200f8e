import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openDatabase } from "../../src/store/database.ts";
import { assertSentence, commands, documentOf, emptyRegister, installed } from "../support/cli.ts";
import { mailServer, startRobots } from "../support/robots.ts";

interface Report {
  channel: string;
  type: string;
  target: string | null;
  accepted: boolean;
  failure: string | null;
  answer: string;
  counted: boolean;
}

function routesFile(t: TestContext, yaml: string, secrets: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), "govmatrix-routes-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(secrets)) writeFileSync(join(path, name), text);
  writeFileSync(join(path, "routes.yaml"), yaml);
  return join(path, "routes.yaml");
}

async function wecomRoutes(t: TestContext) {
  const robots = await startRobots(t);
  const yaml = "channels: {county: {type: wecom, secret_file: county}}\nduty: [{channel: county}]";
  return { robots, file: routesFile(t, yaml, { county: robots.add("wecom", "canary-key") }) };
}

test("a test message reaches the robot, counts towards its limits and opens its target again", async (t) => {
  const { robots, file } = await wecomRoutes(t);
  const environment = await emptyRegister(t);
  const db = openDatabase(environment.DATABASE_URL, { max: 1 });
  t.after(() => db.destroy());
  const later = new Date(Date.now() + 900_000);
  await db.insertInto("notification_target").values({ channel: "county", failures: 4, next_at: later }).execute();
  const run = commands(t, { ...environment, ROUTES_FILE: file });

  const done = await run(["notify", "test", "--channel", "county", "--target", "zhangsan"]);
  assert.deepEqual(
    [done.code, done.stdout],
    [0, 'county: accepted\nanswer: {"errcode":0,"errmsg":"ok"}\n'],
    done.stderr,
  );
  const [message] = robots.accepted();
  assert.match(message?.content ?? "", /测试消息[\s\S]*发送于 20\d\d-\d\d-\d\d \d\d:\d\d（北京时间）[\s\S]*无需处理/);
  assert.deepEqual(message?.mentions, ["zhangsan"]);
  const target = await db.selectFrom("notification_target").selectAll().executeTakeFirstOrThrow();
  assert.equal(target.failures, 0);
  assert.ok(target.next_at < later);

  robots.setMode("canary-key", { errcode: 93000 });
  const refused = await run(["notify", "test", "--channel", "county", "--json"]);
  assert.equal(refused.code, 1);
  const report = documentOf<Report>(refused);
  assert.deepEqual(
    { ...report, answer: "" },
    {
      ...{
        channel: "county",
        type: "wecom",
        target: null,
        accepted: false,
        failure: "93000",
        answer: "",
        counted: true,
      },
    },
  );
  assert.match(report.answer, /"errcode":93000.*\[redacted\]/);
  assert.doesNotMatch(refused.stdout + refused.stderr, /canary/);
  const sends = await db.selectFrom("notification_send").select(["channel", "address"]).execute();
  assert.deepEqual(sends, [
    { channel: "county", address: "" },
    { channel: "county", address: "" },
  ]);
});

test("a channel can be tested without a database, and while the database is away", async (t) => {
  const { robots, file } = await wecomRoutes(t);
  const cwd = installed(t);
  for (const DATABASE_URL of [undefined, "postgres://127.0.0.1:1/x"]) {
    const run = commands(t, { ROUTES_FILE: file, DATABASE_URL });
    const report = documentOf<Report>(await run(["notify", "test", "--channel", "county", "--json"], { cwd }));
    assert.deepEqual([report.accepted, report.counted], [true, false]);
  }
  assert.equal(robots.accepted().length, 2);
});

test("a test mail goes over STARTTLS to the address, trusting the county's own authority", async (t) => {
  const server = await mailServer(t);
  const file = routesFile(
    t,
    `channels:
  mail: {type: email, host: localhost, port: ${server.port}, user: govmatrix, secret_file: password, from: watch@yunxi.test}
duty: [{channel: mail, target: duty@yunxi.test}]`,
    { password: "mail-password" },
  );
  const run = commands(t, { ROUTES_FILE: file, DATABASE_URL: "postgres://127.0.0.1:1/x" });
  const args = ["notify", "test", "--channel", "mail", "--target", "lisi@yunxi.test"];
  const untrusted = await run([...args, "--json"]);
  assert.equal(documentOf<Report>(untrusted).failure, "DEPTH_ZERO_SELF_SIGNED_CERT");
  const { code, stdout } = await run(args, { env: { NODE_EXTRA_CA_CERTS: server.certificateFile } });
  assert.equal(code, 0, stdout);
  assert.deepEqual(
    server.accepted("lisi@yunxi.test").map(({ secure }) => secure),
    [true],
  );
});

test("what is missing or wrong is one sentence, before anything is sent", async (t) => {
  const { robots, file } = await wecomRoutes(t);
  const run = commands(t, { ROUTES_FILE: file, DATABASE_URL: "postgres://127.0.0.1:1/x" });
  assertSentence(await run(["notify", "test", "--channel", "other"]), /no channel other: the routes file has county/);
  assertSentence(
    await run(["notify", "test", "--channel", "county", "--target", "@all"]),
    /--target: expected a user id/,
    2,
  );
  const without = await run(["notify", "test", "--channel", "county"], { env: { ROUTES_FILE: undefined } });
  assertSentence(without, /ROUTES_FILE is not set/);
  assert.deepEqual(robots.requests(), []);
});
