import { setTimeout as sleep } from "node:timers/promises";
import { type Inspected, type Stack, settle } from "../stack.ts";
import { becomesHealthy, isOneOff, serviceOf } from "./health.ts";

/** Kills the service's process as the kernel would when memory runs out, and waits until it answers again by itself. */
export async function survivesKill(stack: Stack, service: string): Promise<string> {
  const startedAt = performance.now();
  const before = await runningOf(stack, service);
  process.kill(before.State.Pid, "SIGKILL");
  await settle(async () => {
    const now = (await stack.inspect()).find(
      ({ Id, State, RestartCount }) =>
        Id === before.Id && State.Status === "running" && RestartCount > before.RestartCount,
    );
    if (!now) return [`${service} was not started again`];
    const [, ...check] = now.Config.Healthcheck?.Test ?? [];
    const command = now.Config.Healthcheck?.Test[0] === "CMD-SHELL" ? ["sh", "-c", ...check] : check;
    const { code, stderr } = await stack
      .exec(service, command)
      .catch((error: Error) => ({ code: 1, stderr: error.message }));
    return code === 0 ? [] : [`${service} does not answer: ${stderr.trim()}`];
  }, 120_000);
  return `${service} ${Math.round((performance.now() - startedAt) / 1_000)} s`;
}

async function runningOf(stack: Stack, service: string): Promise<Inspected> {
  const found = (await stack.inspect()).find((one) => serviceOf(one) === service && !isOneOff(one.Config.Labels));
  if (found?.State.Status !== "running") throw new Error(`${service} does not run`);
  return found;
}

/** Afterwards all are well, and the whole answers from outside. */
export async function allAreBack(stack: Stack): Promise<string> {
  await becomesHealthy(stack, 180_000);
  await settle(async () => {
    const response = await fetch(`${stack.statusUrl}/ready`).catch(() => null);
    return response?.status === 200 ? [] : [`/ready answers ${response?.status}`];
  }, 60_000);
  // A loop of restarts would show.
  const before = (await stack.inspect()).map(({ Id, RestartCount }) => `${Id} ${RestartCount}`).join();
  await sleep(3_000);
  const after = (await stack.inspect()).map(({ Id, RestartCount }) => `${Id} ${RestartCount}`).join();
  if (before !== after) throw new Error("some service still starts again and again");
  return "all healthy, /ready 200";
}
