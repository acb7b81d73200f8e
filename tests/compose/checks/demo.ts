import { type Stack, settle } from "../stack.ts";
import { serviceOf } from "./health.ts";

const SERVICES = ["demo", "demo-prometheus", "demo-alertmanager"];

/** The invented county beside the real one, in a database of its own. Takes it down again. */
export async function runsDemo(stack: Stack, port: number): Promise<string> {
  const compose = (...args: string[]) => stack.compose(["--profile", "demo", ...args]);
  const startedAt = performance.now();
  try {
    await compose("up", "-d", ...SERVICES);
    await settle(async () => {
      const containers = await stack.inspect();
      return SERVICES.flatMap((service) => {
        const health = containers.find((one) => serviceOf(one) === service)?.State.Health;
        return health?.Status === "healthy" ? [] : [`${service} is ${health?.Status} ${health?.Log.at(-1)?.Output}`];
      });
    }, 180_000);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const accounts = new Set(
      [...metrics.matchAll(/^govmatrix_account_info\{[^}]*account="([^"]+)"/gm)].map(([, a]) => a),
    );
    if (accounts.size === 0) throw new Error("the demo has no account");
    const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    if (!page.includes('<html lang="zh')) throw new Error("the demo has no status page");
    return `${accounts.size} accounts after ${Math.round((performance.now() - startedAt) / 1_000)} s`;
  } finally {
    await compose("rm", "--stop", "--force", ...SERVICES, "demo-migrate");
  }
}
