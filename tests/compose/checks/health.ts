import { type Inspected, outputOf, type Stack, settle } from "../stack.ts";

const SERVICE = "com.docker.compose.service";

/** What is not as it should be: every service runs and is healthy, and what runs once has ended well. */
export async function healthFaults(stack: Stack): Promise<string[]> {
  const containers = await stack.inspect();
  return stack.services.flatMap((service) => {
    const own = containers.filter(({ Config }) => Config.Labels[SERVICE] === service && !isOneOff(Config.Labels));
    if (own.length === 0) return [`${service} was not started`];
    return own.flatMap(({ State, HostConfig }) => {
      if (HostConfig.RestartPolicy.Name !== "unless-stopped") {
        const ended = State.Status === "exited" && State.ExitCode === 0;
        return ended ? [] : [`${service} is ${State.Status}, exit code ${State.ExitCode}`];
      }
      if (State.Health?.Status === "healthy") return [];
      const last = State.Health?.Log.at(-1)?.Output.trim() ?? "";
      return [`${service} is ${State.Status}, ${State.Health?.Status ?? "without a healthcheck"} ${last}`.trim()];
    });
  });
}

export async function becomesHealthy(stack: Stack, timeoutMs = 180_000): Promise<void> {
  try {
    await settle(() => healthFaults(stack), timeoutMs);
  } catch (error) {
    const faults = await healthFaults(stack);
    const ill = stack.services.filter((service) => faults.some((fault) => fault.startsWith(`${service} `)));
    const logs = ill.length === 0 ? "" : await stack.compose(["logs", "--no-color", "--tail=12", ...ill]);
    throw new Error(`${(error as Error).message}\n${logs}`);
  }
}

/** The status page and what monitors ask, as from outside. */
export async function answersOutside(stack: Stack): Promise<string> {
  for (const path of ["/", "/ready", "/live", "/metrics"]) {
    const response = await fetch(`${stack.statusUrl}${path}`, { signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${path} answers ${response.status}: ${text.slice(0, 300)}`);
    if (path === "/" && !text.includes('<html lang="zh')) throw new Error("the status page is not in Chinese");
  }
  return "/, /ready, /live, /metrics";
}

/** Only the status page, and only to this machine. */
export async function publishesOnly(stack: Stack, port: number): Promise<string> {
  const published = (await stack.inspect()).flatMap(({ Config, NetworkSettings }) =>
    Object.entries(NetworkSettings.Ports).flatMap(([inside, outside]) =>
      (outside ?? []).map(({ HostIp, HostPort }) => `${Config.Labels[SERVICE]} ${inside} ${HostIp}:${HostPort}`),
    ),
  );
  const expected = `exporter 9464/tcp 127.0.0.1:${port}`;
  if (published.join() !== expected) throw new Error(`published: ${published.join(", ")}`);
  return expected;
}

/** Which container reaches which: the data network is for who needs it, and none but `edge` leads outside. */
export async function keepsNetworksApart(stack: Stack): Promise<string> {
  const expected: Record<string, string> = {
    postgres: "data",
    redis: "data",
    migrate: "data",
    planner: "app data",
    collector: "app data edge",
    notifier: "app data edge",
    exporter: "app data edge",
    prometheus: "app",
    alertmanager: "app",
    secrets: "none",
  };
  const faults = (await stack.inspect()).flatMap(({ Config, NetworkSettings }) => {
    const service = Config.Labels[SERVICE] ?? "";
    const names = Object.keys(NetworkSettings.Networks).map((name) => name.replace(`${stack.project}_`, ""));
    const found = names.sort().join(" ");
    return expected[service] === undefined || found === expected[service] ? [] : [`${service} is in ${found}`];
  });
  for (const network of ["app", "data"]) {
    const name = `${stack.project}_${network}`;
    const internal = (await stack.docker(["network", "inspect", "--format", "{{.Internal}}", name])).trim();
    if (internal !== "true") faults.push(`${network} leads outside`);
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return "app and data are internal";
}

export async function memory(stack: Stack): Promise<string> {
  const ids = (await stack.containers()).filter(({ status }) => status === "running").map(({ id }) => id);
  const format = "{{.Name}} {{.MemUsage}}";
  const lines = (await stack.docker(["stats", "--no-stream", "--format", format, ...ids])).trim().split("\n");
  return lines
    .map((line) =>
      line
        .replace(`${stack.project}_`, "")
        .replace(/[_-]1 /, " ")
        .replace(/ \/ .*/, ""),
    )
    .sort()
    .join(", ");
}

export async function runsCommands(stack: Stack): Promise<string> {
  const version = await stack.exec("exporter", ["govmatrix", "--version"]);
  return `govmatrix ${outputOf(version, "govmatrix --version").trim()}`;
}

export function isOneOff(labels: Record<string, string>): boolean {
  return labels["com.docker.compose.oneoff"] === "True";
}

export const serviceOf = ({ Config }: Inspected): string => Config.Labels[SERVICE] ?? "";
