import { pino } from "pino";
import { openQueue } from "../../src/queue.ts";

// A collector that takes visits and never ends one, for tests that kill it. Its argument: the queue's options as JSON.

const options = JSON.parse(process.argv[2] ?? "") as { redisUrl?: string; databaseUrl: string; name: string };
const queue = openQueue({ ...options, log: pino({ level: "silent" }) });
queue.work(
  (job) => {
    console.log(`started ${job.account}`);
    return new Promise(() => {});
  },
  { concurrency: 5 },
);
// No process.exit: what close leaves open would keep this process alive.
process.once("SIGTERM", () => void queue.close());
