import { readFileSync } from "node:fs";
import type { Inspected, Stack } from "../stack.ts";
import { isOneOff, serviceOf } from "./health.ts";

/** The one that makes the secrets gives their files to groups; what it needs for that, and nobody else has. */
const EXCEPTION = "secrets";
/** A bit mask without a bit. */
const NONE = /^0+$/;

/** No root, no capability, no way to gain any, nothing to write to but what is mounted, and a limit. */
export async function isHardened(stack: Stack): Promise<string> {
  const containers = (await stack.inspect()).filter(
    (one) => stack.services.includes(serviceOf(one)) && !isOneOff(one.Config.Labels),
  );
  const faults: string[] = [];
  let processes = 0;
  for (const container of containers) {
    const service = serviceOf(container);
    faults.push(...settingFaults(container).map((fault) => `${service}: ${fault}`));
    if (container.State.Status !== "running") continue;
    for (const pid of await pidsOf(stack, container)) {
      processes += 1;
      faults.push(...processFaults(pid).map((fault) => `${service}, process ${pid}: ${fault}`));
    }
    // As root: what root cannot write to, nobody can.
    const probe = await stack.exec(service, ["sh", "-c", "touch /probe /usr/probe"], { user: "0" });
    if (probe.code === 0 || !/read-only/i.test(probe.stderr)) faults.push(`${service}: its root can be written to`);
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return `${containers.length} containers, ${processes} processes`;
}

function settingFaults(container: Inspected): string[] {
  const { HostConfig, Config } = container;
  const exception = serviceOf(container) === EXCEPTION;
  const allowed = exception ? "CAP_CHOWN" : "";
  const added = (HostConfig.CapAdd ?? []).map((name) => (name.startsWith("CAP_") ? name : `CAP_${name}`)).join();
  const checks: [boolean, string][] = [
    [HostConfig.ReadonlyRootfs, "its root is not read-only"],
    [(HostConfig.CapDrop ?? []).includes("ALL"), "it keeps capabilities"],
    [added === allowed, `it has ${added}`],
    [(HostConfig.SecurityOpt ?? []).includes("no-new-privileges:true"), "it may gain privileges"],
    [HostConfig.Memory > 0, "its memory has no limit"],
    [!HostConfig.Privileged, "it is privileged"],
    [exception || !/^(0|root)?(:|$)/.test(Config.User), `it runs as user "${Config.User}"`],
  ];
  return checks.flatMap(([fits, fault]) => (fits ? [] : [fault]));
}

async function pidsOf(stack: Stack, { Id }: Inspected): Promise<number[]> {
  const lines = (await stack.docker(["top", Id, "-eo", "pid"])).trim().split("\n").slice(1);
  return lines.map(Number);
}

function processFaults(pid: number): string[] {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    // A healthcheck's, ended meanwhile.
    return [];
  }
  const value = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
  const faults = ["CapEff", "CapPrm", "CapBnd", "CapAmb"].filter((name) => !NONE.test(value(name)));
  if (value("NoNewPrivs") !== "1") faults.push("NoNewPrivs");
  if (value("Seccomp") !== "2") faults.push("Seccomp");
  if (value("Uid").split(/\s+/).includes("0")) faults.push("Uid");
  return faults.map((name) => `${name} is ${value(name)}`);
}
