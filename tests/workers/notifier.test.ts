import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { freePort } from "../../src/embedded/port.ts";
import { openDatabase } from "../../src/store/database.ts";
import { insertOverdue, notificationsOf } from "../alerts/notifying.ts";
import { payloadOf, report, tell } from "../alerts/support.ts";
import { promtool } from "../metrics/promtool.ts";
import { command, type Environment, emptyRegister, isolated, ROOT } from "../support/cli.ts";
import { eventually, startProcess } from "../support/process.ts";
import { startRobots } from "../support/robots.ts";
import { writeRoutes } from "../support/stackRoutes.ts";

async function open(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-notifier-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const robots = await startRobots(t, { rateLimits: false });
  const env: Environment & { DATABASE_URL: string } = {
    ...(await emptyRegister(t)),
    ROUTES_FILE: writeRoutes(directory, {
      channels: {
        duty: { type: "wecom", url: robots.add("wecom", "duty") },
        spare: { type: "dingtalk", url: robots.add("dingtalk", "spare", "SEC-secret"), signingSecret: "SEC-secret" },
      },
      duty: [{ channel: "duty" }, { channel: "spare" }],
    }),
  };
  const db = openDatabase(env.DATABASE_URL, { max: 2 });
  t.after(() => db.destroy());
  return { directory, robots, env, db };
}

async function startNotifier(t: TestContext, env: Environment) {
  const listen = `127.0.0.1:${await freePort()}`;
  const running = startProcess(t, process.execPath, [join(ROOT, "workers/notifier.ts")], {
    env: isolated({ ...env, LISTEN: listen }),
  });
  await running.output(/"notifier runs"/);
  return { ...running, url: `http://${listen}` };
}

test("a faulty routes file stops the start with one sentence", async (t) => {
  const { env, directory } = await open(t);
  const done = await command(t, ["run", "notifier"], { env: { ...env, ROUTES_FILE: join(directory, "none.yaml") } });
  assert.equal(done.code, 1);
  assert.match(done.stderr, /^govmatrix: the routes file .* cannot be read \(ENOENT\)$/m);
});

test("without a routes file it runs, says once that it tells nobody, and ends in order", async (t) => {
  const { env } = await open(t);
  const running = await startNotifier(t, { ...env, ROUTES_FILE: undefined });
  assert.equal((await fetch(`${running.url}/ready`)).status, 200);
  assert.deepEqual(await running.kill("SIGTERM"), { code: 0, signal: null }, running.stderr());
  assert.equal(running.stderr().match(/ROUTES_FILE is not set/g)?.length, 1);
});

test("killed between sending and marking it repeats that message alone, and counts what it sends", async (t) => {
  const { robots, env, db } = await open(t);
  await insertOverdue(db, "a", "b");
  await db.updateTable("account_current").set({ data_until: new Date() }).execute();
  const critical = (account: string) => report("critical", true, { account });
  await tell(db, payloadOf(critical("a")), new Date());
  robots.setMode("duty", { slowMs: 60_000 });
  const first = await startNotifier(t, env);
  await eventually("the message to be taken", () => robots.accepted("duty").length === 1, 20_000);
  await first.kill("SIGKILL");
  assert.deepEqual(await notificationsOf(db), ["AccountPublishDue a fired critical → duty duty pending"]);

  robots.setMode("duty", "ok");
  // As if the lease had run out, and the minute between two deliveries were over.
  await sql`update notification_target set leased_until = clock_timestamp()`.execute(db);
  await sql`update notification_send set at = at - interval '2 minutes'`.execute(db);
  const second = await startNotifier(t, env);
  await eventually("the message to be repeated", () => robots.accepted("duty").length === 2, 20_000);
  await sql`update notification_send set at = at - interval '2 minutes'`.execute(db);
  await tell(db, payloadOf(critical("b")), new Date());
  await eventually("the next message", () => robots.accepted("duty").length === 3, 20_000);
  const [lost = "", repeated = "", next = ""] = robots.accepted("duty").map(({ content }) => content);
  assert.match(lost, /云溪a/);
  assert.match(repeated, /云溪a/);
  assert.match(next, /云溪b/);
  assert.doesNotMatch(next, /云溪a/);

  const page = await (await fetch(`${second.url}/metrics`)).text();
  assert.match(page, /^govmatrix_notifications_total\{channel="duty"\} 2$/m);
  assert.match(page, /^govmatrix_notifications_total\{channel="spare"\} 0$/m);
  assert.equal(promtool(page), "");
  assert.deepEqual(await second.kill("SIGTERM"), { code: 0, signal: null }, second.stderr());
});
