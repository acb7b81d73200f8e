import { setTimeout as sleep } from "node:timers/promises";
import {
  type BackendFactory,
  Queue as BullQueue,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  runMigrations,
  Worker,
} from "bullmq";
import type { Logger } from "pino";
import { describer, reporter } from "./queue/backend-errors.ts";
import { isDone, within } from "./queue/deadline.ts";
import { SteadyClient } from "./queue/steady-client.ts";

export interface VisitJob {
  /** Null = the installation itself. */
  accountId: number | null;
  account: string;
  collector: string;
  epoch: number;
}

export interface Queue {
  /** A visit that is queued or running already is not added again. Rejects within seconds when the backend is away. */
  add(jobs: VisitJob[]): Promise<void>;
  /** Hands jobs to the handler until `close`; may be called once. The signal says that the queue closes. */
  work(handler: VisitHandler, options: { concurrency: number }): void;
  /** Jobs by state: waiting, active, delayed, failed. */
  counts(): Promise<Record<string, number>>;
  /** Rejects within two seconds when the backend does not answer. */
  ping(): Promise<void>;
  /** Aborts the handlers and waits for them, ten seconds at most. */
  close(): Promise<void>;
}

export type VisitHandler = (job: VisitJob, signal: AbortSignal) => Promise<void>;

type Log = Pick<Logger, "warn" | "error">;

export interface QueueOptions {
  /** Without it the queue lives in Postgres. */
  redisUrl?: string | undefined;
  databaseUrl: string;
  log: Log;
  name?: string;
}

const SCHEMA = "bullmq";
const CHUNK = 500;
const ANSWER_TIMEOUT_MS = 5_000;
const PING_TIMEOUT_MS = 2_000;
const DRAIN_TIMEOUT_MS = 6_500;
const CLOSE_TIMEOUT_MS = 1_500;
const RETRY_MS = 1_000;
// Longer than the longest wait for a job (`drainDelay`), so that only a dead connection exceeds it.
const WORKER_SILENCE_MS = 15_000;
// A killed worker's jobs are free after the sum of both.
const LOCK_DURATION_MS = 10_000;
const STALLED_INTERVAL_MS = 5_000;

/** Brings BullMQ's own tables to this version; safe to run twice and side by side. */
export async function migrateQueue(databaseUrl: string): Promise<void> {
  const client = new SteadyClient({ connectionString: databaseUrl });
  await client.connect();
  try {
    await runMigrations(client, SCHEMA);
  } finally {
    await client.end();
  }
}

export function openQueue(options: QueueOptions): Queue {
  const { redisUrl, databaseUrl } = options;
  if (redisUrl === undefined) {
    const postgres = {
      connectionString: databaseUrl,
      Client: SteadyClient,
      schema: SCHEMA,
      max: 4,
      connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
    };
    return open(createPostgresBackend, options, {
      queue: { ...postgres, query_timeout: ANSWER_TIMEOUT_MS },
      worker: { ...postgres, query_timeout: WORKER_SILENCE_MS },
    });
  }
  const redis = {
    url: redisUrl,
    connectTimeout: ANSWER_TIMEOUT_MS,
    retryStrategy: (attempt: number) => Math.min(attempt * 200, 5_000),
  };
  return open(createRedisBackend, options, {
    // What cannot be sent now is refused, not kept: the planner asks again at its next tick.
    queue: { ...redis, enableOfflineQueue: false, commandTimeout: ANSWER_TIMEOUT_MS, socketTimeout: ANSWER_TIMEOUT_MS },
    worker: { ...redis, maxRetriesPerRequest: null, socketTimeout: WORKER_SILENCE_MS },
  });
}

function open<B extends IQueueBackend, C>(
  factory: BackendFactory<B, C>,
  { name = "visits", redisUrl, databaseUrl, log }: QueueOptions,
  connections: { queue: NoInfer<C>; worker: NoInfer<C> },
): Queue {
  const describe = describer(redisUrl ?? databaseUrl);
  const report = reporter(log, describe);
  const closing = new AbortController();
  const backend = patient(factory);

  const queue = keepOpen(
    () =>
      new BullQueue<VisitJob, void, string, VisitJob, void, string, B, C>(
        name,
        {
          connection: connections.queue,
          defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
        },
        backend,
      ),
    report,
    closing.signal,
  );
  const visits = new Set<Promise<void>>();
  let worker: { current(): Worker<VisitJob, void, string, B, never, C> } | null = null;

  const ask = async <T>(request: Promise<T>, timeoutMs: number): Promise<T> => {
    try {
      return await within(timeoutMs, request);
    } catch (error) {
      // No cause: it may name the host or hold the URL.
      throw new Error(`the queue does not answer: ${describe(error)}`);
    }
  };
  const ping = async (): Promise<void> => {
    await ask(queue.current().getJobCounts("active"), PING_TIMEOUT_MS);
  };

  const shutDown = async (): Promise<void> => {
    closing.abort();
    const running = worker?.current();
    await running?.pause(true);
    const ended = await isDone(DRAIN_TIMEOUT_MS, Promise.all(visits));
    if (!ended) log.warn({ visits: visits.size }, "visits did not end in time");
    // A worker in order waits for its backend, for ever if that is away, and cannot be forced any more.
    const force = !ended || !(await isDone(PING_TIMEOUT_MS, ping()));
    await Promise.all([
      running && isDone(CLOSE_TIMEOUT_MS, running.close(force)),
      isDone(CLOSE_TIMEOUT_MS, queue.current().getBackend().close(true)),
    ]);
  };
  let closed: Promise<void> | null = null;

  return {
    ping,
    async add(jobs) {
      // Asked first, so that an absent backend does not collect requests that all arrive when it is back.
      await ping();
      for (let start = 0; start < jobs.length; start += CHUNK) {
        const chunk = jobs.slice(start, start + CHUNK).map((job) => ({
          name: job.collector,
          data: job,
          opts: { jobId: `${job.account}.${job.collector}.${job.epoch}` },
        }));
        await ask(queue.current().addBulk(chunk), ANSWER_TIMEOUT_MS);
      }
    },
    counts: () => ask(queue.current().getJobCounts("waiting", "active", "delayed", "failed"), ANSWER_TIMEOUT_MS),
    work(handler, { concurrency }) {
      if (worker) throw new Error("this queue has a handler already");
      const visit = async (job: VisitJob): Promise<void> => {
        // Fetched while the queue closes: left to the planner, which adds what is still due.
        if (closing.signal.aborted) return;
        const handled = handler(job, AbortSignal.any([closing.signal]));
        const settled = handled.catch(() => {}).finally(() => visits.delete(settled));
        visits.add(settled);
        await handled;
      };
      const create = (): Worker<VisitJob, void, string, B, never, C> =>
        new Worker<VisitJob, void, string, B, never, C>(
          name,
          (job) => visit(job.data),
          {
            connection: connections.worker,
            concurrency,
            lockDuration: LOCK_DURATION_MS,
            stalledInterval: STALLED_INTERVAL_MS,
            runRetryDelay: RETRY_MS,
          },
          backend,
        ).on("failed", (job, error) => log.error({ visit: job?.id, err: error }, "visit failed"));
      worker = keepOpen(create, report, closing.signal);
    },
    close() {
      closed ??= shutDown();
      return closed;
    },
  };
}

interface Connected {
  on(event: "error", listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(force?: boolean): Promise<void>;
}

/**
 * BullMQ reconnects what was connected once; a first connection that fails, it gives up for ever. So such a one is
 * replaced until it succeeds.
 */
function keepOpen<T extends Connected>(
  create: () => T,
  report: (error: unknown) => void,
  closing: AbortSignal,
): { current(): T } {
  const connect = (): T => {
    const fresh = create();
    fresh.on("error", report);
    fresh.waitUntilReady().catch((error: unknown) => {
      if (closing.aborted) return;
      report(error);
      fresh.close(true).catch(report);
      setTimeout(() => {
        if (!closing.aborted) current = connect();
      }, RETRY_MS);
    });
    return fresh;
  };
  let current = connect();
  return { current: () => current };
}

/** A worker asks for the next job again at once when asking failed: while its backend is away, that takes a whole core. */
function patient<B extends IQueueBackend, C>(factory: BackendFactory<B, C>): BackendFactory<B, C> {
  return (...args) => {
    const backend = factory(...args);
    const moveToActive = backend.moveToActive.bind(backend);
    backend.moveToActive = async (...request) => {
      try {
        return await moveToActive(...request);
      } catch (error) {
        await sleep(RETRY_MS);
        throw error;
      }
    };
    return backend;
  };
}
