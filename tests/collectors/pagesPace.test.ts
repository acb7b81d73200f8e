import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { waitFor } from "../support/county.ts";
import { after, HOUR, keys, startPages } from "../support/pages.ts";

test("an idle account is visited again soon after a visit that may bring new articles", async (t) => {
  const county = await startPages(t);
  const morning = after(county, 20 * HOUR);
  await sql`insert into visit (account_id, collector, next_due_at) values (1, 'statistics', ${after(county, HOUR)})`.execute(
    county.db,
  );
  const due = async (at: Date) => {
    await sql`update visit set next_due_at = ${at} where collector = 'statistics'`.execute(county.db);
    await county.visit();
    return ((await county.due()).getTime() - county.clock.now.getTime()) / 60_000;
  };
  assert.equal(await due(after(county, HOUR)), 65);
  assert.equal(await due(morning), 360);
  assert.equal(await due(county.clock.now), 5);
  assert.equal(await due(after(county, -20 * 60_000)), 20);
  assert.equal(await due(after(county, -20 * HOUR)), 60);
});

test("two processes never read two pages closer than the interval", async (t) => {
  const county = await startPages(t, { accounts: 6, intervalSeconds: 0.3 });
  const other = county.openProcess();
  for (let account = 1; account <= 6; account++) {
    for (const n of [1, 2]) await county.publish(account, `10${n}_1`, n);
  }
  const worker = async (account: number) => {
    for (let attempt = 0; attempt < 60; attempt++) {
      if ((await county.due(account)) > county.clock.now && attempt > 0) county.clock.now = await county.due(account);
      const report = await county.visit(account, account % 2 ? county.context : other);
      assert.equal(report.outcome, "succeeded");
      if (!report.delayed) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`account ${account} got no slot`);
  };
  await Promise.all([1, 2, 3, 4, 5, 6].map(worker));
  assert.equal(county.reads.length, 12);
  const times = county.reads.map((read) => read.at);
  for (const [index, at] of times.entries()) {
    const gap = at - (times[index - 1] ?? Number.NEGATIVE_INFINITY);
    assert.ok(gap >= 300, `page ${index} came ${gap} ms after the one before`);
  }
});

test("of many accounts with a new article three wait for their slots, and the others come back spread", async (t) => {
  const county = await startPages(t, { accounts: 12, intervalSeconds: 5 });
  for (let account = 1; account <= 12; account++) await county.publish(account, "101_1", 1);
  const stop = new AbortController();
  const running = new Set<number>();
  const visits = Array.from({ length: 12 }, async (_, index) => {
    running.add(index);
    await county.visit(index + 1, county.context, false, stop.signal);
    running.delete(index);
  });
  await waitFor("the others to end", () => running.size <= 3);
  assert.ok(county.reads.length <= 3);
  stop.abort();
  await Promise.all(visits);
  const delays: number[] = [];
  for (let account = 1; account <= 12; account++) {
    delays.push((await county.due(account)).getTime() - county.clock.now.getTime());
  }
  const spread = delays.filter((delay) => delay > 0 && delay < 90_000);
  assert.ok(spread.length >= 8, `${delays}`);
  assert.ok(Math.max(...spread) - Math.min(...spread) > 5_000, `${delays}`);
});

test("new articles of any account go before the backlog of others", async (t) => {
  const county = await startPages(t, { accounts: 2, intervalSeconds: 0.05 });
  for (const n of [1, 2, 3]) await county.publish(1, `10${n}_1`, 20 + n);
  await county.publish(2, "101_1", 1);
  await county.publish(2, "102_1", 20);
  assert.equal((await county.visit(1)).delayed, true);
  assert.deepEqual(keys(county), []);
  assert.equal((await county.visit(2)).outcome, "succeeded");
  assert.deepEqual(keys(county), ["2/101_1", "2/102_1"], "nobody else has anything new");
  await county.visit(1);
  assert.equal(county.reads.length, 5);
});

test("a page that is slow costs the slots that pass, not the interval", async (t) => {
  const county = await startPages(t, { intervalSeconds: 0.2 });
  for (const n of [1, 2, 3, 4, 5]) await county.publish(1, `10${n}_1`, n);
  county.setLatency(700);
  const report = await county.visit();
  assert.equal(report.delayed, true);
  assert.ok(county.reads.every((read) => read.inFlight === 1));
  for (const [index, { at }] of county.reads.entries()) {
    const before = county.reads[index - 1];
    if (before) assert.ok(at - before.at >= 700);
  }
  assert.ok(county.reads.length >= 1 && county.reads.length < 5);
});

test("a visit that loses its lease in the middle leaves whole rows, and the next one goes on", async (t) => {
  const county = await startPages(t, { intervalSeconds: 0.2 });
  for (let n = 0; n < 5; n++) await county.publish(1, `10${n}_1`, n + 1);
  const visit = county.visit();
  while (county.reads.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  await sql`update visit set lease_id = null, leased_until = null, epoch = epoch + 1`.execute(county.db);
  assert.equal((await visit).outcome, "interrupted");
  const rows = await county.db.selectFrom("article").selectAll().execute();
  for (const row of rows) assert.equal(row.page_fetched_at !== null, row.published_at !== null && row.state === "ok");
  const looked = rows.filter((row) => row.page_fetched_at).length;
  assert.ok(looked >= 1 && looked < 5, `${looked} were saved`);
  county.reads.length = 0;
  while ((await county.visit()).delayed) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(county.reads.length, 5 - looked);
});

test("a visit that is stopped while it waits for its slot ends at once and is due again", async (t) => {
  const county = await startPages(t, { intervalSeconds: 30 });
  for (const n of [1, 2]) await county.publish(1, `10${n}_1`, n);
  const stop = new AbortController();
  const visit = county.visit(1, county.context, false, stop.signal);
  while ((await county.article("101_1")).state !== "ok") await new Promise((resolve) => setTimeout(resolve, 20));
  const stoppedAt = performance.now();
  stop.abort();
  assert.equal((await visit).outcome, "interrupted");
  assert.ok(performance.now() - stoppedAt < 5_000);
  assert.ok((await county.due()) <= county.clock.now);
  assert.equal((await county.article("102_1")).page_fetched_at, null);
});

/** The database as it is reached over a slow line; `setDelay` in milliseconds, each way. */
async function slowDatabase(t: TestContext, url: string) {
  let delayMs = 0;
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from.setNoDelay(true));
      from.on("data", (data) => setTimeout(() => to.writable && to.write(data), delayMs));
      from.on("close", () => setTimeout(() => to.destroy(), delayMs)).on("error", () => undefined);
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const near = new URL(url);
  near.hostname = "127.0.0.1";
  near.port = String((server.address() as AddressInfo).port);
  return {
    url: near.href,
    setDelay(milliseconds: number) {
      delayMs = milliseconds;
    },
  };
}

test("with a slow line to the database pages are read too, no closer than the interval", async (t) => {
  const county = await startPages(t, { intervalSeconds: 0.5 });
  for (const n of [1, 2, 3, 4]) await county.publish(1, `10${n}_1`, n);
  const slow = await slowDatabase(t, county.url);
  const far = county.openProcess(slow.url);
  slow.setDelay(60);
  const report = await county.visit(1, far);
  assert.equal(report.outcome, "succeeded");
  assert.ok(county.reads.length >= 2, `${county.reads.length} pages`);
  for (const [index, { at }] of county.reads.entries()) {
    const before = county.reads[index - 1];
    if (before) assert.ok(at - before.at >= 500);
  }
});

test("a visit that reaches none of its slots in time claims others, and says so in the end", async (t) => {
  const county = await startPages(t, { intervalSeconds: 0.05 });
  for (const n of [1, 2]) await county.publish(1, `10${n}_1`, n);
  const { wechat } = county.context.platforms;
  /** A process that stands still as its turn begins. */
  const stalled = (turns: number) => {
    let left = turns * 2;
    const identify: typeof wechat.pages.identify = (link) => {
      const until = performance.now() + 1_500;
      for (left -= 1; left >= 0 && performance.now() < until; );
      return wechat.pages.identify(link);
    };
    return { ...county.context, platforms: { wechat: { ...wechat, pages: { ...wechat.pages, identify } } } };
  };
  const missed = await county.visit(1, stalled(3));
  assert.deepEqual([missed.outcome, missed.error?.code, county.reads.length], ["failed", "slots_missed", 0]);
  assert.ok((await county.due()) >= after(county, 60_000));
  const second = await county.visit(1, stalled(1));
  assert.equal(second.outcome, "succeeded");
  assert.ok(county.reads.length >= 1);
});
