import { spawnSync } from "node:child_process";

/** What promtool has to say about a page; nothing when all is well. */
export function promtool(page: Buffer | string): string {
  const { error, status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: page,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw new Error(`promtool must be on PATH (Debian package prometheus): ${error.message}`);
  return `${stdout}${stderr}${status === 0 ? "" : ` exit ${status}`}`;
}
