import { createHash } from "node:crypto";
import { BASE_IMAGE } from "../images.ts";
import { run } from "../shell.ts";
import type { Stack } from "../stack.ts";
import { serviceOf } from "./health.ts";

interface SecretFile {
  consumer: string;
  file: string;
  mode: string;
  owner: string;
  group: string;
  text: string;
}

/** Who may read which file, by the group that its container has. */
const GROUPS: Record<string, string> = {
  postgres: "999",
  redis: "999",
  alertmanager: "65534",
  "demo-alertmanager": "65534",
  grafana: "472",
  "demo-grafana": "472",
};
const OURS = "10001";
const PROCESSES = ["cli", "collector", "exporter", "notifier", "planner"];
/** Who gets which secret, in whatever form. */
const HOLDERS: Record<string, { from: [consumer: string, file: string]; consumers: string[] }> = {
  "master key": { from: ["planner", "master-key"], consumers: PROCESSES },
  "Postgres' superuser": { from: ["postgres", "password"], consumers: ["demo-migrate", "migrate", "postgres"] },
  reader: { from: ["grafana", "reader-password"], consumers: ["demo-grafana", "demo-migrate", "grafana", "migrate"] },
  application: {
    from: ["migrate", "app-password"],
    consumers: ["collector", "exporter", "migrate", "notifier", "planner"],
  },
  queue: { from: ["redis", "password"], consumers: [...PROCESSES, "redis"].sort() },
  webhook: { from: ["alertmanager", "alert-webhook-token"], consumers: ["alertmanager", "exporter", "notifier"] },
  Grafana: { from: ["grafana", "password"], consumers: ["demo-grafana", "grafana"] },
};

export interface Secrets {
  files: readonly SecretFile[];
  /** The secrets themselves, without what stands around them. */
  values: readonly string[];
  /** The same as long as no secret changes. */
  fingerprint: string;
}

const LIST = `cd /secrets && find . -type f | sort | while read -r f; do stat -c '%n %a %u %g' "$f"; base64 -w0 "$f"; echo; done`;

export async function readSecrets(stack: Stack): Promise<Secrets> {
  const maker = (await stack.inspect()).find((container) => serviceOf(container) === "secrets");
  if (!maker) throw new Error("the service `secrets` has no container");
  const volumes = maker.Mounts.flatMap(({ Name, Destination }) =>
    Name ? ["--volume", `${Name}:${Destination}:ro`] : [],
  );
  const text = await stack.docker(["run", "--rm", "--network=none", ...volumes, BASE_IMAGE, "sh", "-c", LIST]);
  const lines = text.trim().split("\n");
  const files = lines.flatMap((line, index): SecretFile[] => {
    if (index % 2 === 1) return [];
    const [path = "", mode = "", owner = "", group = ""] = line.split(" ");
    const [, consumer = "", file = ""] = path.split("/");
    return [{ consumer, file, mode, owner, group, text: Buffer.from(lines[index + 1] ?? "", "base64").toString() }];
  });
  const values = new Set(files.flatMap((file) => file.text.match(/[A-Za-z0-9+/=_-]{32,}/g) ?? []));
  return { files, values: [...values], fingerprint: createHash("sha256").update(text).digest("hex") };
}

/** Each consumer's files are its own: by volume, by group, by mode. */
export async function areKeptApart(stack: Stack, { files }: Secrets): Promise<string> {
  const faults: string[] = [];
  for (const { consumer, file, mode, owner, group } of files) {
    const fits = /^4[04]0$/.test(mode) && owner === "0" && group === (GROUPS[consumer] ?? OURS);
    if (!fits) faults.push(`${consumer}/${file} has mode ${mode}, owner ${owner}:${group}`);
    if (file.startsWith(".")) faults.push(`${consumer}/${file} was left behind`);
  }
  for (const [name, { from, consumers }] of Object.entries(HOLDERS)) {
    const source = files.find(({ consumer, file }) => consumer === from[0] && file === from[1]);
    const value = source?.text.trim() ?? "";
    if (value.length < 32) faults.push(`${from.join("/")} is missing or short`);
    const found = [...new Set(files.filter(({ text }) => text.includes(value)).map(({ consumer }) => consumer))].sort();
    if (found.join() !== consumers.join()) faults.push(`the secret "${name}" is with ${found.join(", ")}`);
  }
  for (const container of await stack.inspect()) {
    const service = serviceOf(container);
    const mounts = container.Mounts.filter(({ Name }) => Name?.includes("secrets-"));
    if (service === "secrets") continue;
    for (const { Name, RW } of mounts) {
      if (Name !== `${stack.project}_secrets-${service}`) faults.push(`${service} mounts ${Name}`);
      if (RW) faults.push(`${service} may write to its secrets`);
    }
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return `${files.length} files, ${new Set(files.map(({ consumer }) => consumer)).size} consumers`;
}

/** No secret is in any container's output, environment or command line. */
export async function areNotTold(stack: Stack, { values }: Secrets): Promise<string> {
  const faults: string[] = [];
  let bytes = 0;
  const tells = (text: string) => {
    bytes += text.length;
    return values.some((value) => text.includes(value));
  };
  for (const container of await stack.inspect()) {
    const logs = await run("docker", ["logs", container.Id], { env: stack.env });
    const service = serviceOf(container);
    if (tells(logs.stdout) || tells(logs.stderr)) faults.push(`${service} tells a secret in its log`);
    if (tells(JSON.stringify(container))) faults.push(`${service} has a secret in its settings`);
    if (container.State.Status !== "running") continue;
    if (tells(await stack.docker(["top", container.Id, "-eo", "pid,args"]))) {
      faults.push(`${service} has a secret in a command line`);
    }
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return `${values.length} secrets, ${Math.round(bytes / 1_000)} kB of logs and settings`;
}
