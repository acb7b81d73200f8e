import { SingleBar } from "cli-progress";
import type { GlobalOptions } from "./command.ts";

export interface Progress {
  increment(steps?: number): void;
  stop(): void;
}

/** A bar on stderr; on no terminal, and beside the document of `--json`, none. */
export function startProgress(options: GlobalOptions, total: number): Progress {
  if (options.json || !process.stderr.isTTY) return { increment: () => undefined, stop: () => undefined };
  const bar = new SingleBar({ stream: process.stderr, clearOnComplete: true });
  bar.start(total, 0);
  return bar;
}

/**
 * Works on the items, `width` of them side by side, until all are done or a signal interrupts; answers whether one did.
 * What has begun ends before the first failure is thrown: nothing goes on behind a command that has ended.
 */
export async function sideBySide<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const stop = new AbortController();
  const failures: unknown[] = [];
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    stop.abort();
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  const next = items.values();
  const worker = async () => {
    for (const item of next) {
      if (stop.signal.aborted) return;
      await work(item, stop.signal).catch((error: unknown) => {
        if (!interrupted) failures.push(error);
        stop.abort();
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: width }, worker));
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
  if (failures.length > 0) throw failures[0];
  return interrupted;
}
