import type { OutgoingHttpHeaders } from "node:http";
import type { Exposition } from "../metrics/exposition.ts";
import { gzipStream } from "../metrics/gzip.ts";
import type { Telemetry } from "../metrics/process.ts";
import { PAGE_SECURITY_POLICY } from "./document.ts";

export interface Answer {
  status: number;
  type: string;
  body: readonly Buffer[];
  headers?: OutgoingHttpHeaders;
}

export function text(status: number, message: string): Answer {
  return { status, type: "text/plain; charset=utf-8", body: [Buffer.from(`${message}\n`)] };
}

export function json(status: number, value: unknown): Answer {
  return { status, type: "application/json; charset=utf-8", body: [Buffer.from(`${JSON.stringify(value)}\n`)] };
}

export function html(status: number, page: string): Answer {
  const headers = { "content-security-policy": PAGE_SECURITY_POLICY };
  return { status, type: "text/html; charset=utf-8", body: [Buffer.from(page)], headers };
}

/** The per-account families, where this process has them, and the process's own counters. */
export async function metrics(
  acceptEncoding: string | string[] | undefined,
  telemetry: Pick<Telemetry, "metrics">,
  exposition: Pick<Exposition, "page"> | undefined,
): Promise<Answer> {
  const gzip = acceptsGzip(String(acceptEncoding ?? ""));
  const own = Buffer.from(await telemetry.metrics());
  const families = exposition?.page() ?? { text: [], deflated: [], checksum: { crc: 0, length: 0 } };
  return {
    status: 200,
    type: "text/plain; version=0.0.4; charset=utf-8",
    body: gzip ? await gzipStream(families.deflated, families.checksum, own) : [...families.text, own],
    headers: { vary: "accept-encoding", ...(gzip ? { "content-encoding": "gzip" } : {}) },
  };
}

/** RFC 9110, section 12.5.3: a coding is refused by weight 0, and `*` speaks for the codings that are not named. */
export function acceptsGzip(header: string): boolean {
  const weights = new Map(
    header.split(",").map((entry) => {
      const [coding = "", ...parameters] = entry.toLowerCase().split(";");
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean);
      return [coding.trim(), Number(weight ?? 1)];
    }),
  );
  return (weights.get("gzip") ?? weights.get("*") ?? 0) > 0;
}
