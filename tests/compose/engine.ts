import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { differences, readNetwork, restoreNetwork } from "./machine.ts";
import { must, run } from "./shell.ts";

export interface Engine {
  /** Of every docker command. */
  env: Record<string, string>;
  own: boolean;
  /** Ends an engine of ours with all its data. Throws when it leaves anything on the machine's network. */
  stop(): Promise<void>;
}

const HOME = join(tmpdir(), "govmatrix-compose-engine");
const BRIDGE = "govmatrix0";
/** Away from what county networks and Docker itself use. */
const BRIDGE_ADDRESS = "10.219.0.1/24";
const NETWORKS = "base=10.220.0.0/16,size=24";
const START_MS = 60_000;

/** The engine that runs, or one of our own. */
export async function openEngine(): Promise<Engine> {
  if ((await run("docker", ["version", "--format", "{{.Server.Version}}"])).code === 0) {
    return { env: {}, own: false, stop: async () => {} };
  }
  if (existsSync(HOME)) {
    throw new Error(`${HOME} exists: another run goes on, or was killed; end the dockerd of it and remove it`);
  }
  mkdirSync(HOME, { mode: 0o711 });
  const before = await readNetwork();
  await must("ip", ["link", "add", BRIDGE, "type", "bridge"]);
  await must("ip", ["address", "add", BRIDGE_ADDRESS, "dev", BRIDGE]);
  await must("ip", ["link", "set", BRIDGE, "up"]);
  const log = openSync(join(HOME, "dockerd.log"), "a");
  const host = `unix://${join(HOME, "docker.sock")}`;
  const daemon = spawn(
    "dockerd",
    [
      ...["-H", host, "--data-root", join(HOME, "data"), "--exec-root", join(HOME, "exec")],
      ...["--pidfile", join(HOME, "docker.pid"), "--bridge", BRIDGE, "--default-address-pool", NETWORKS],
    ],
    { stdio: ["ignore", log, log], detached: true },
  );
  const ended = new Promise<void>((resolve) => {
    daemon.once("error", () => resolve());
    daemon.once("close", () => resolve());
  });
  const alive = () => daemon.pid !== undefined && daemon.exitCode === null && daemon.signalCode === null;
  const stop = async (): Promise<void> => {
    if (alive()) daemon.kill("SIGTERM");
    await ended;
    // The engine leaves its own network namespace mounted.
    const mounts = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .map((line) => line.split(" ")[1] ?? "");
    for (const mount of mounts.reverse()) if (mount.startsWith(`${HOME}/`)) await must("umount", [mount]);
    rmSync(HOME, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    await restoreNetwork(before);
    const left = differences(before, await readNetwork());
    if (left.length > 0) throw new Error(left.join("\n"));
  };
  const env = { DOCKER_HOST: host };
  for (const deadline = performance.now() + START_MS; ; await sleep(200)) {
    if ((await run("docker", ["version"], { env })).code === 0) return { env, own: true, stop };
    if (alive() && performance.now() < deadline) continue;
    const lines = readFileSync(join(HOME, "dockerd.log"), "utf8").trim().split("\n").slice(-8).join("\n");
    await stop();
    throw new Error(`dockerd does not start:\n${lines}`);
  }
}
