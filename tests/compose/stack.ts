import { setTimeout as sleep } from "node:timers/promises";
import { type Finished, must, run, type ShellOptions } from "./shell.ts";
import { interruption } from "./steps.ts";

export interface Container {
  id: string;
  name: string;
  service: string;
  status: string;
  /** Null where the service has no healthcheck. */
  health: string | null;
  exitCode: number;
  restarts: number;
}

export interface Stack {
  project: string;
  clone: string;
  env: Record<string, string>;
  statusUrl: string;
  /** Services that this test runs, robots not among them. */
  services: readonly string[];
  compose(args: readonly string[], options?: ShellOptions): Promise<string>;
  docker(args: readonly string[], options?: ShellOptions): Promise<string>;
  /** In a running container of the service; whatever its exit code. */
  exec(service: string, command: readonly string[], options?: ShellOptions & { user?: string }): Promise<Finished>;
  containers(): Promise<Container[]>;
  inspect(): Promise<Inspected[]>;
  /** The same under another name: a second installation, with state of its own. */
  beside(project: string): Stack;
}

/** What of `docker inspect` is looked at. */
export interface Inspected {
  Id: string;
  Name: string;
  RestartCount: number;
  Config: { User: string; Labels: Record<string, string>; Env: string[]; Healthcheck?: { Test: string[] } };
  State: { Status: string; ExitCode: number; Pid: number; Health?: { Status: string; Log: { Output: string }[] } };
  HostConfig: {
    ReadonlyRootfs: boolean;
    CapAdd: string[] | null;
    CapDrop: string[] | null;
    SecurityOpt: string[] | null;
    Memory: number;
    RestartPolicy: { Name: string };
    Privileged: boolean;
  };
  Mounts: { Type: string; Name?: string; Source: string; Destination: string; RW: boolean }[];
  NetworkSettings: {
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null>;
    Networks: Record<string, unknown>;
  };
}

const SERVICE = "com.docker.compose.service";

export interface StackOptions {
  project: string;
  clone: string;
  env: Record<string, string>;
  statusPort: number;
  command: readonly string[];
  files: readonly string[];
  services: readonly string[];
}

export function openStack(options: StackOptions): Stack {
  const { project, clone, env, statusPort, command, files, services } = options;
  const [program = "", ...first] = command;
  const chosen = [...first, "--project-name", project, ...files.flatMap((file) => ["--file", file])];
  const docker = (args: readonly string[], options: ShellOptions = {}) => must("docker", args, { env, ...options });
  const inspect = async (): Promise<Inspected[]> => {
    const ids = (await docker(["ps", "--all", "--quiet", "--filter", `label=com.docker.compose.project=${project}`]))
      .split("\n")
      .filter((id) => id !== "");
    if (ids.length === 0) return [];
    return JSON.parse(await docker(["inspect", ...ids])) as Inspected[];
  };
  const containers = async (): Promise<Container[]> =>
    (await inspect())
      .filter(({ Config }) => Config.Labels["com.docker.compose.oneoff"] !== "True")
      .map(({ Id, Name, Config, State, RestartCount }) => ({
        ...{ id: Id, name: Name.slice(1), service: Config.Labels[SERVICE] ?? "", restarts: RestartCount },
        ...{ status: State.Status, health: State.Health?.Status ?? null, exitCode: State.ExitCode },
      }));
  return {
    ...{ project, clone, env, services, docker, inspect, containers },
    statusUrl: `http://127.0.0.1:${statusPort}`,
    beside: (name) => openStack({ ...options, project: name }),
    compose: (args, options = {}) => must(program, [...chosen, ...args], { cwd: clone, env, ...options }),
    async exec(service, words, { user, ...options } = {}) {
      const container = (await containers()).find((one) => one.service === service && one.status === "running");
      if (!container) throw new Error(`${service} does not run`);
      const as = user === undefined ? [] : ["--user", user];
      const input = options.stdin === undefined ? [] : ["--interactive"];
      return await run("docker", ["exec", ...input, ...as, container.id, ...words], { env, ...options });
    },
  };
}

/** Ends the stack with all its state. Throws when anything of it is left. */
export async function takeDown(stack: Stack): Promise<void> {
  await stack.compose(["down", "--volumes", "--remove-orphans", "--timeout", "20"]);
  const label = `label=com.docker.compose.project=${stack.project}`;
  const left = await Promise.all([
    stack.docker(["ps", "--all", "--quiet", "--filter", label]),
    stack.docker(["volume", "ls", "--quiet", "--filter", label]),
    stack.docker(["network", "ls", "--quiet", "--filter", label]),
  ]);
  if (left.join("").trim() !== "") throw new Error(left.join("").trim());
}

/** Polls until nothing is wrong; fails with what is still wrong when the time is over. */
export async function settle(faults: () => Promise<string[]>, timeoutMs: number): Promise<void> {
  for (const deadline = performance.now() + timeoutMs; ; await sleep(500)) {
    const found = await faults();
    if (found.length === 0) return;
    if (interruption.signal.aborted) throw new Error("interrupted");
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs / 1_000} s:\n${found.join("\n")}`);
  }
}

/** Answers what `exec` wrote; throws when the command failed. */
export function outputOf({ code, stdout, stderr }: Finished, what: string): string {
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${stderr.trim()}\n${stdout.trim()}`);
  return stdout;
}
