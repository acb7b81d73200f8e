import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf, type Stack, settle } from "../stack.ts";

const SIMULATOR = "http://simulator:8080";
const ROBOT = "http://127.0.0.1:8080";

/** What a county puts into CONFIG_DIR: its routes and the address of its robot. */
export function writeConfig(directory: string): Record<string, string> {
  mkdirSync(directory);
  chmodSync(directory, 0o755);
  writeFileSync(join(directory, "duty"), `${ROBOT}/cgi-bin/webhook/send?key=duty\n`, { mode: 0o644 });
  const routes = "channels:\n  duty: { type: wecom, secret_file: duty }\nduty:\n  - { channel: duty }\n";
  writeFileSync(join(directory, "routes.yaml"), routes);
  return {
    CONFIG_DIR: directory,
    ROUTES_FILE: "/etc/govmatrix/routes.yaml",
    WECHAT_API_URL: SIMULATOR,
    WECHAT_PAGE_URL: SIMULATOR,
    PAGE_INTERVAL_SECONDS: "0.1",
    COLLECTORS: "2",
  };
}

const fetchText = (url: string) =>
  `fetch(${JSON.stringify(url)}).then((r) => r.text()).then((t) => process.stdout.write(t))`;

/** From the stand-ins, which are not published: asked from inside. */
async function askInside(stack: Stack, service: string, url: string): Promise<string> {
  return outputOf(await stack.exec(service, ["node", "-e", fetchText(url)]), url);
}

/** Imports the simulator's county by the command that a county uses. Answers how many accounts are listed afterwards. */
export async function importCounty(stack: Stack, directory: string): Promise<number> {
  const register = await askInside(stack, "simulator", "http://127.0.0.1:8080/_/register.csv");
  writeFileSync(join(directory, "register.csv"), register);
  const command = ["run", "--rm", "-T"];
  await stack.compose([...command, "--no-deps", "cli", "account", "import", "/etc/govmatrix/register.csv"]);
  const listed = await stack.compose([...command, "cli", "account", "list", "--json"]);
  return (JSON.parse(listed) as { accounts: unknown[] }).accounts.length;
}

/** The planner hands out visits, a collector makes them, the exporter shows them. */
export async function isCollected(stack: Stack, accounts: number): Promise<string> {
  let answered = 0;
  await settle(async () => {
    const text = await (await fetch(`${stack.statusUrl}/metrics`)).text();
    answered = [...text.matchAll(/^govmatrix_account_last_success_timestamp_seconds\{[^}]*account="([^"]+)"/gm)].reduce(
      (codes, [, code = ""]) => codes.add(code),
      new Set<string>(),
    ).size;
    return answered >= accounts / 2 ? [] : [`${answered} of ${accounts} accounts have data`];
  }, 120_000);
  return `${answered} of ${accounts} accounts have data`;
}

interface Told {
  content: string;
}

/** Reports an alert to Alertmanager from inside its container, as Prometheus would. */
export async function raiseAlert(stack: Stack): Promise<void> {
  const labels = ["alertname=CollectionStalled", "severity=critical"];
  const address = "--alertmanager.url=http://127.0.0.1:9093";
  outputOf(await stack.exec("alertmanager", ["amtool", address, "alert", "add", ...labels]), "amtool");
}

export async function alertArrives(stack: Stack): Promise<string> {
  let told: Told[] = [];
  await settle(async () => {
    told = JSON.parse(await askInside(stack, "robots", "http://127.0.0.1:8080/_/accepted?robot=duty")) as Told[];
    return told.length > 0 ? [] : ["the robot has heard nothing"];
  }, 120_000);
  const [first] = told;
  if (!first?.content.includes("采集")) throw new Error(`the robot was told: ${first?.content}`);
  return first.content.split("\n")[0]?.trim() ?? "";
}
