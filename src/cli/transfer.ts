import type { TransferOptions } from "../store/backup.ts";
import type { GlobalOptions } from "./command.ts";
import { type Progress, startProgress } from "./progress.ts";

/** Runs what moves many rows: with a progress bar on a terminal, and ended by Ctrl-C as if it had failed. */
export async function transfer<Result>(
  options: GlobalOptions,
  run: (options: Required<TransferOptions>) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  const bars: Progress[] = [];
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  try {
    return await run({
      signal: stop.signal,
      onHeader: ({ tables }) => {
        bars.push(startProgress(options, totalRows(tables)));
      },
      onRows: (rows) => bars[0]?.increment(rows),
    });
  } finally {
    bars[0]?.stop();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, interrupt);
  }
}

export function totalRows(tables: { rows: number }[]): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
