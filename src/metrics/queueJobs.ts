import { Gauge, type Registry } from "prom-client";
import { withDeadline } from "./deadline.ts";

const TIMEOUT_MS = 1_500;

type Count = () => Promise<Record<string, number>>;

/** Registers the gauge and returns the function that adds a queue to it. */
export function watchQueues(registry: Registry): (queue: string, count: Count) => void {
  const queues = new Map<string, Count>();
  new Gauge({
    name: "govmatrix_queue_jobs",
    help: "Jobs of the queue by state, read from the queue at the scrape.",
    labelNames: ["queue", "state"],
    registers: [registry],
    async collect() {
      const answers = await Promise.all(
        [...queues].map(async ([queue, count]) => ({ queue, counts: await ask(count) })),
      );
      // After the wait and in one go: a second scrape in between would find an empty gauge.
      this.reset();
      for (const { queue, counts } of answers) {
        for (const [state, jobs] of Object.entries(counts)) this.set({ queue, state }, jobs);
      }
    },
  });
  return (queue, count) => {
    queues.set(queue, shared(count));
  };
}

async function ask(count: Count): Promise<Record<string, number>> {
  try {
    return await withDeadline(count(), TIMEOUT_MS);
  } catch {
    return {};
  }
}

/** Scrapes join a call that is still under way, so that a queue which never answers is asked once. */
function shared(count: Count): Count {
  let running: ReturnType<Count> | null = null;
  return async () => {
    running ??= count().finally(() => {
      running = null;
    });
    return running;
  };
}
