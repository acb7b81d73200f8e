import type { Logger } from "pino";

const REPORT_AGAIN_MS = 60_000;

/** The reason as a code or a text without the parts of the URL: drivers put host, user and even password into messages. */
export function describer(url: string): (error: unknown) => string {
  const parts = URL.canParse(url) ? new URL(url) : null;
  const hidden = parts ? [parts.password, decodeURIComponent(parts.password), parts.username, parts.hostname] : [url];
  return (error) => {
    if (!(error instanceof Error)) return "unknown error";
    if ("code" in error && typeof error.code === "string") return error.code;
    return hidden.filter((part) => part !== "").reduce((text, part) => text.replaceAll(part, "…"), error.message);
  };
}

/** A backend that is away says so several times a second: one line per reason and minute is enough. */
export function reporter(log: Pick<Logger, "warn">, describe: (error: unknown) => string): (error: unknown) => void {
  const reported = new Set<string>();
  let since = performance.now();
  return (error) => {
    const reason = describe(error);
    if (performance.now() - since > REPORT_AGAIN_MS) {
      since = performance.now();
      reported.clear();
    }
    if (reported.has(reason)) return;
    reported.add(reason);
    log.warn({ reason }, "queue backend reports an error");
  };
}
