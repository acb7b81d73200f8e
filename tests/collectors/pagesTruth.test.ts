import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { closedUntil } from "../../src/store/pageBucket.ts";
import { countyEnvironment, documentOf, startCommand } from "../support/cli.ts";
import { type County, startCounty } from "../support/county.ts";

interface TruePage {
  msgid: string;
  published_at: number;
  form: string;
  original: boolean;
  length: number;
  images: number;
  page: { state: string };
}

interface Stored {
  account: string;
  article: string;
  published_at: Date | null;
  form: string | null;
  original: boolean | null;
  length: number | null;
  images: number | null;
  state: string;
  looked: boolean;
}

const VISIBLE = ["ok", "deleted", "violation"];

async function stored(county: County): Promise<Stored[]> {
  const { rows } = await sql<Stored>`
    select account, article, published_at, form, original, length, images, state, state_as_of is not null as looked
    from v_article order by account, article`.execute(county.db);
  return rows;
}

async function faults(county: County): Promise<string[]> {
  const truth = new Map<string, TruePage>();
  for (const account of (await county.truth()) as unknown as { code: string; articles: TruePage[] }[]) {
    for (const article of account.articles) truth.set(`${account.code} ${article.msgid}`, article);
  }
  return (await stored(county)).flatMap(({ account, article, looked, ...row }) => {
    const key = `${account} ${article}`;
    const page = truth.get(key);
    if (!page || !looked) return [`${key}: ${page ? "not looked at" : "does not exist"}`];
    const state = VISIBLE.includes(page.page.state) ? page.page.state : "unknown";
    if (row.state !== state) return [`${key}: ${row.state} instead of ${page.page.state}`];
    if (state !== "ok") return [];
    const { published_at, form, original, length, images } = page;
    const expected = { published_at: new Date(published_at * 1000), form, original, length, images, state };
    try {
      assert.deepEqual(row, expected);
      return [];
    } catch {
      return [`${key}: ${JSON.stringify(row)} instead of ${JSON.stringify(expected)}`];
    }
  });
}

const expireLeases = (county: County) =>
  sql`update visit set leased_until = clock_timestamp() - interval '1 second' where lease_id is not null`.execute(
    county.db,
  );

test("a command that is killed among the pages leaves whole rows; the next reads the rest and equals the truth", async (t) => {
  const county = await startCounty(t, { accounts: 12, days: 31 });
  const env = {
    ...(await countyEnvironment(county)),
    WECHAT_PAGE_URL: county.simulator.url,
    PAGE_INTERVAL_SECONDS: "0",
  };
  await county.collect();
  const articles = (await stored(county)).length;
  assert.ok(articles > 100, `${articles} articles`);
  const looked = async () => (await stored(county)).filter((row) => row.looked).length;

  for (const share of [0.1, 0.4, 0.7]) {
    const killed = startCommand(t, ["collect", "--collector", "pages", "--json"], { env });
    while ((await looked()) < share * articles) await sleep(50);
    await killed.kill("SIGKILL");
    const torn = (await stored(county)).filter((row) => row.looked !== (row.form !== null) && row.state === "ok");
    assert.deepEqual(torn, []);
    await expireLeases(county);
  }
  assert.ok((await looked()) < articles, "every kill came while there was work");
  const running = startCommand(t, ["collect", "--collector", "pages", "--json"], { env });
  const { code } = await running.exit;
  assert.equal(code, 0, running.stderr());
  const { visits } = documentOf<{ visits: { collector: string; delayed: boolean }[] }>({
    ...{ code, stdout: running.stdout(), stderr: running.stderr() },
  });
  assert.ok(visits.length > 0 && visits.every((visit) => visit.collector === "pages" && !visit.delayed));
  assert.deepEqual(await faults(county), []);
});

test("collect leaves the pages to the daemon unless they are named", async (t) => {
  const county = await startCounty(t, { accounts: 3, days: 5 });
  const env = { ...(await countyEnvironment(county)), WECHAT_PAGE_URL: county.simulator.url };
  for (const args of [[], ["--account", county.codes[0] ?? ""]]) {
    const running = startCommand(t, ["collect", "--json", ...args], { env });
    await running.exit;
    assert.doesNotMatch(running.stdout(), /"pages"/);
  }
  assert.equal((await county.requests()).article_page ?? 0, 0);
});

test("a captcha of the platform stops all accounts after one page, and afterwards everything is read", async (t) => {
  const county = await startCounty(t, { accounts: 6, days: 10 });
  await county.collect();
  await county.call("settings", { captcha: true });
  await county.resetRequests();
  const reports = await county.collect(county.codes.slice(0, 1), "pages");
  assert.deepEqual(
    [...reports.values()].map((report) => report.error?.code),
    ["captcha"],
  );
  const others = await county.collect(county.codes.slice(1), "pages");
  assert.ok([...others.values()].every((report) => report.outcome === "succeeded"));
  assert.equal((await county.requests()).article_page, 1);
  assert.ok((await stored(county)).every((row) => !row.looked && row.state === "unknown"));

  await county.call("settings", { captcha: false });
  const until = await closedUntil(county.db, county.clock.now);
  assert.ok(until);
  county.clock.now = until;
  for (let visit = 0; visit < 10; visit++) await county.collect(undefined, "pages");
  assert.deepEqual(await faults(county), []);
});
