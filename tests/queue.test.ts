import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { Client } from "pg";
import { pino } from "pino";
import { migrateQueue, openQueue, type Queue, type VisitJob } from "../src/queue.ts";
import { createDatabase } from "./support/database.ts";
import { eventually, startProcess } from "./support/process.ts";
import { startRedis } from "./support/redis.ts";

interface Backend {
  options: { redisUrl?: string; databaseUrl: string };
  secrets: string[];
  /** Makes the backend unreachable, and reachable again. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  /** Forgets every job. */
  wipe(): Promise<void>;
}

const PASSWORD = "canary-password";

async function redisBackend(t: TestContext): Promise<Backend> {
  let server = await startRedis(t, { password: PASSWORD });
  return {
    options: { redisUrl: server.url, databaseUrl: "postgres://nobody@127.0.0.1:1/unused" },
    secrets: [PASSWORD, "127.0.0.1"],
    leave: () => server.kill(),
    async comeBack() {
      server = await startRedis(t, { password: PASSWORD, port: server.port });
    },
    async wipe() {
      const client = new Redis(server.url);
      await client.flushall();
      client.disconnect();
    },
  };
}

async function postgresBackend(t: TestContext): Promise<Backend> {
  const { url } = await createDatabase(t);
  await Promise.all([migrateQueue(url), migrateQueue(url), migrateQueue(url)]);
  const name = new URL(url).pathname.slice(1);
  const outside = Object.assign(new URL(url), { pathname: "/postgres" }).href;
  const run = async (database: string, ...statements: string[]): Promise<void> => {
    const client = new Client({ connectionString: database });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  return {
    options: { databaseUrl: url },
    secrets: [new URL(url).password, "127.0.0.1"],
    leave: () =>
      run(
        outside,
        `alter database ${name} with allow_connections false`,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      ),
    comeBack: () => run(outside, `alter database ${name} with allow_connections true`),
    wipe: () => run(url, "delete from bullmq.job"),
  };
}

function visit(account: string, epoch = 1): VisitJob {
  return { accountId: 1, account, collector: "statistics", epoch };
}

interface Scene {
  t: TestContext;
  backend: Backend;
  open(lines?: string[]): Queue;
}

/** Closes the queues before the hooks of `t`, which run first come first served, end the backend. */
async function play(t: TestContext, backend: Backend, body: (scene: Scene) => Promise<void>): Promise<void> {
  const queues: Queue[] = [];
  const open = (lines: string[] = []): Queue => {
    const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
    const queue = openQueue({ ...backend.options, log });
    queues.push(queue);
    return queue;
  };
  try {
    await body({ t, backend, open });
  } finally {
    await Promise.all(queues.map((queue) => queue.close()));
  }
}

/** Works off everything at once and remembers it. */
function collect(queue: Queue): VisitJob[] {
  const done: VisitJob[] = [];
  queue.work(async (job) => void done.push(job), { concurrency: 5 });
  return done;
}

for (const [kind, create] of [
  ["Redis", redisBackend],
  ["Postgres", postgresBackend],
] as const) {
  test(`the queue on ${kind}`, { concurrency: 4 }, async (suite) => {
    const check = (title: string, body: (scene: Scene) => Promise<void>): Promise<void> =>
      suite.test(title, async (t) => play(t, await create(t), body));

    await Promise.all([
      check("delivers every job once and forgets it", async ({ open }) => {
        const queue = open();
        const done = collect(queue);
        const jobs = Array.from({ length: 1_200 }, (_, index) => visit(`account-${index}`));
        await queue.add(jobs);
        await eventually("all are delivered", () => done.length >= jobs.length, 20_000);
        await eventually("none is left", async () => Object.values(await queue.counts()).every((count) => count === 0));
        assert.deepEqual(new Set(done.map((job) => job.account)), new Set(jobs.map((job) => job.account)));
        assert.equal(done.length, jobs.length);
        assert.deepEqual(
          done.find((job) => job.account === "account-7"),
          visit("account-7"),
        );
      }),

      check("adds a visit of the same epoch once while it waits or runs, and again when it ended", async ({ open }) => {
        const queue = open();
        await queue.add([visit("a"), visit("a")]);
        await queue.add([visit("a")]);
        assert.equal((await queue.counts()).waiting, 1);
        let started = 0;
        let finish = (): void => {};
        queue.work(
          () => {
            started++;
            return new Promise((resolve) => {
              finish = resolve;
            });
          },
          { concurrency: 5 },
        );
        await eventually("it runs", () => started === 1);
        await queue.add([visit("a")]);
        assert.deepEqual(await queue.counts(), { waiting: 0, active: 1, delayed: 0, failed: 0 });
        finish();
        await eventually("it ended", async () => (await queue.counts()).active === 0);
        await queue.add([visit("a")]);
        await eventually("it runs again", () => started === 2);
        finish();
      }),

      check("delivers a new epoch beside a stuck old one", async ({ open }) => {
        const queue = open();
        const epochs: number[] = [];
        queue.work(
          (job, signal) => {
            epochs.push(job.epoch);
            return job.epoch === 1
              ? new Promise((resolve) => signal.addEventListener("abort", () => resolve()))
              : Promise.resolve();
          },
          { concurrency: 5 },
        );
        await queue.add([visit("a", 1)]);
        await eventually("the old one is stuck", () => epochs.length === 1);
        await queue.add([visit("a", 1), visit("a", 2)]);
        await eventually("the new one arrives", () => epochs.includes(2));
        assert.deepEqual(epochs, [1, 2]);
      }),

      check("removes a failed job, so that the same epoch can come again", async ({ open }) => {
        const lines: string[] = [];
        const queue = open(lines);
        let attempts = 0;
        queue.work(
          async () => {
            attempts++;
            throw new Error("refused by the platform");
          },
          { concurrency: 1 },
        );
        await queue.add([visit("a")]);
        await eventually("it failed", async () => attempts === 1 && (await queue.counts()).active === 0);
        await sleep(300);
        assert.equal(attempts, 1);
        assert.deepEqual(await queue.counts(), { waiting: 0, active: 0, delayed: 0, failed: 0 });
        assert.match(lines.join(), /a\.statistics\.1.*refused by the platform/);
        await queue.add([visit("a")]);
        await eventually("it came again", () => attempts === 2);
      }),

      check("runs as many jobs at a time as it may, never more", async ({ open }) => {
        const queue = open();
        let running = 0;
        let most = 0;
        let done = 0;
        await queue.add(Array.from({ length: 24 }, (_, index) => visit(`account-${index}`)));
        queue.work(
          async () => {
            most = Math.max(most, ++running);
            await sleep(50);
            running--;
            done++;
          },
          { concurrency: 3 },
        );
        await eventually("all ended", () => done === 24);
        assert.equal(most, 3);
      }),

      check("frees the jobs of a killed worker", async ({ t, backend, open }) => {
        const queue = open();
        await queue.add([visit("a")]);
        const script = join(import.meta.dirname, "support/stuck-worker.ts");
        const stuck = startProcess(t, process.execPath, [script, JSON.stringify(backend.options)]);
        await stuck.output(/started a/);
        await stuck.kill("SIGKILL");
        assert.equal((await queue.counts()).active, 1);
        const done = collect(queue);
        await eventually("the job is delivered again", () => done.length === 1, 30_000);
        assert.equal(done[0]?.account, "a");
      }),

      check("survives that everything is wiped while visits run", async ({ backend, open }) => {
        const queue = open();
        const started: string[] = [];
        let ended = 0;
        queue.work(
          async (job) => {
            started.push(job.account);
            await sleep(400);
            ended++;
          },
          { concurrency: 5 },
        );
        await queue.add([visit("a"), visit("b"), visit("c")]);
        await eventually("they run", () => started.length === 3);
        await backend.wipe();
        await queue.add([visit("d")]);
        await eventually("the new one ended too", () => ended === 4);
        await queue.add([visit("a")]);
        await eventually(
          "an old one can be added again",
          () => started.filter((account) => account === "a").length === 2,
        );
      }),

      check("says when the backend is away and works on when it is back", async ({ backend, open }) => {
        const lines: string[] = [];
        const queue = open(lines);
        const done = collect(queue);
        await queue.add([visit("before")]);
        await eventually("it works", () => done.length === 1);
        await backend.leave();
        const messages: string[] = [];
        for (const [request, limitMs] of [
          [() => queue.ping(), 2_500],
          [() => queue.add([visit("lost")]), 5_500],
          [() => queue.counts(), 5_500],
        ] as const) {
          const startedAt = performance.now();
          await assert.rejects(request, (error: Error) => {
            messages.push(error.message);
            return /^the queue does not answer: /.test(error.message) && error.cause === undefined;
          });
          assert.ok(performance.now() - startedAt < limitMs);
        }
        await sleep(1_500);
        await backend.comeBack();
        await eventually(
          "it answers",
          () =>
            queue.ping().then(
              () => true,
              () => false,
            ),
          30_000,
        );
        await queue.add([visit("after")]);
        await eventually("it delivers", () => done.some((job) => job.account === "after"), 30_000);
        assert.ok(lines.length > 0 && lines.length < 20, `${lines.length} log lines`);
        for (const secret of backend.secrets) assert.ok(![...lines, ...messages].join("\n").includes(secret));
      }),

      check("starts before its backend does", async ({ backend, open }) => {
        await backend.leave();
        const queue = open();
        const done = collect(queue);
        await assert.rejects(queue.add([visit("a")]));
        await sleep(500);
        await backend.comeBack();
        await eventually(
          "it answers",
          () =>
            queue.ping().then(
              () => true,
              () => false,
            ),
          30_000,
        );
        await queue.add([visit("b")]);
        await eventually("it delivers", () => done.some((job) => job.account === "b"), 30_000);
      }),

      check("aborts the handlers when it closes, and waits for them", async ({ open }) => {
        const queue = open();
        let state = "waiting";
        queue.work(
          async (_job, signal) => {
            state = "running";
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
            state = "aborted";
            await sleep(200);
            state = "ended";
          },
          { concurrency: 1 },
        );
        await queue.add([visit("a")]);
        await eventually("it runs", () => state === "running");
        const startedAt = performance.now();
        await queue.close();
        assert.equal(state, "ended");
        assert.ok(performance.now() - startedAt < 3_000);
        const after = open();
        assert.equal((await after.counts()).active, 0);
      }),

      check(
        "closes within its deadline although a handler does not end and the backend is away",
        async ({ t, backend, open }) => {
          const script = join(import.meta.dirname, "support/stuck-worker.ts");
          const stuck = startProcess(t, process.execPath, [script, JSON.stringify(backend.options)]);
          await open().add([visit("a")]);
          await stuck.output(/started a/);
          await backend.leave();
          const startedAt = performance.now();
          stuck.child.kill("SIGTERM");
          assert.deepEqual(await stuck.exit, { code: 0, signal: null });
          assert.ok(performance.now() - startedAt < 11_000);
        },
      ),
    ]);
  });
}

test("each connection of the queue listens for its end, so that none can end the process", async (t) => {
  const { url } = await createDatabase(t);
  const unheard = new Set<string>();
  const query = Client.prototype.query;
  t.mock.method(Client.prototype, "query", function (this: Client, ...args: Parameters<typeof query>) {
    if (this.listenerCount("error") === 0) unheard.add(String(args[0]));
    return query.apply(this, args);
  });
  await migrateQueue(url);
  const queue = openQueue({ databaseUrl: url, log: pino({ enabled: false }) });
  try {
    const done = collect(queue);
    await queue.add([visit("a"), visit("b")]);
    await eventually("both are delivered", () => done.length === 2);
  } finally {
    await queue.close();
  }
  assert.deepEqual([...unheard], []);
});
