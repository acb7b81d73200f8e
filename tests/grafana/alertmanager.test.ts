import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { freePort } from "../../src/embedded/port.ts";
import { eventually, startProcess } from "../support/process.ts";
import { ROOT, tool } from "./tools.ts";

const DIRECTORY = join(ROOT, "grafana/alertmanager");
const COMMITTED_URL = "http://127.0.0.1:9464/alerts";
const TOKEN = "a-token-of-this-test";

type Labels = Record<string, string>;

interface Alertmanager {
  post(alerts: readonly Labels[]): Promise<void>;
  /** Whether each of these labels is inhibited. */
  inhibited(alerts: readonly Labels[]): Promise<boolean[]>;
}

const key = (labels: Labels) => JSON.stringify(Object.entries(labels).sort());

/** A real one with the committed configuration; only the receiver's address is another. */
async function startAlertmanager(t: TestContext, receiver: string): Promise<Alertmanager> {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-alertmanager-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const config = readFileSync(join(DIRECTORY, "alertmanager.yml"), "utf8");
  assert.ok(config.includes(COMMITTED_URL));
  writeFileSync(join(directory, "alertmanager.yml"), config.replace(COMMITTED_URL, receiver));
  writeFileSync(join(directory, "alert-webhook-token"), TOKEN);
  const address = `127.0.0.1:${await freePort()}`;
  const running = startProcess(t, "prometheus-alertmanager", [
    ...["--config.file", join(directory, "alertmanager.yml"), "--storage.path", join(directory, "data")],
    ...["--web.listen-address", address, "--cluster.listen-address="],
  ]);
  await running.output(/Listening/);
  const api = `http://${address}/api/v2/alerts`;
  return {
    async post(alerts) {
      const body = JSON.stringify(alerts.map((labels) => ({ labels, endsAt: new Date(Date.now() + 600_000) })));
      const answer = await fetch(api, { method: "POST", headers: { "content-type": "application/json" }, body });
      assert.equal(answer.status, 200, await answer.text());
    },
    async inhibited(alerts) {
      const known = (await (await fetch(api)).json()) as { labels: Labels; status: { inhibitedBy: string[] } }[];
      const by = new Map(known.map(({ labels, status }) => [key(labels), status.inhibitedBy.length > 0]));
      return alerts.map((labels) => by.get(key(labels)) ?? assert.fail(`not known: ${key(labels)}`));
    },
  };
}

const about = (alertname: string, severity: string, account: string, department = "d"): Labels => ({
  ...{ alertname, severity, account, department },
});
const system = (alertname: string, severity: string, labels: Labels = {}): Labels => ({
  ...{ alertname, severity, ...labels },
});

interface Case {
  title: string;
  quiet: Labels[];
  told: Labels[];
}

const CASES: Case[] = [
  {
    title: "of one account's levels only the highest is told, whatever other accounts and alerts do",
    quiet: [
      about("AccountPublishDue", "info", "a1"),
      about("AccountPublishDue", "warning", "a1"),
      about("AccountPublishDue", "info", "a2"),
      about("AccountPublishDue", "info", "a3", "before-the-renaming"),
    ],
    told: [
      about("AccountPublishDue", "critical", "a1"),
      about("AccountVerificationExpiring", "warning", "a1"),
      about("AccountPublishDue", "warning", "a2"),
      about("AccountPublishDue", "critical", "a3"),
      about("AccountPublishDue", "warning", "a4"),
      about("AccountPublishDue", "info", "a5"),
    ],
  },
  {
    title: "alerts without an account do not silence each other",
    quiet: [],
    told: [
      system("NotificationsFailing", "critical"),
      system("NotificationsFailing", "critical", { channel: "a" }),
      system("NotificationsFailing", "warning", { channel: "b" }),
      system("QueueBacklog", "warning", { collector: "replies" }),
      system("QueueBacklog", "info", { collector: "profile" }),
      system("PlannerStalled", "critical"),
      system("HolidayCalendarEnding", "warning"),
      system("Watchdog", "info"),
    ],
  },
  {
    title: "of an account that cannot be seen nothing is claimed, but that its verification ends",
    quiet: [
      about("AccountPublishDue", "critical", "b1"),
      about("AccountPublishDue", "warning", "b1"),
      about("AccountPublishDue", "info", "b1"),
      about("AccountRepliesOverdue", "warning", "b1", "before-the-renaming"),
    ],
    told: [
      about("AccountBlind", "warning", "b1"),
      about("AccountVerificationExpiring", "warning", "b1"),
      about("AccountPublishDue", "critical", "b2"),
      about("AccountRepliesOverdue", "warning", "b2"),
    ],
  },
  {
    title: "who is refused is not told to be blind too, and still nothing is claimed; other accounts are untouched",
    quiet: [about("AccountBlind", "warning", "c1"), about("AccountPublishDue", "critical", "c1")],
    told: [
      about("AccountCredentialsRejected", "warning", "c1"),
      about("AccountCredentialsRejected", "warning", "c2"),
      about("AccountPublishDue", "critical", "c2"),
      about("AccountRepliesOverdue", "warning", "c2"),
      about("AccountBlind", "warning", "c3"),
    ],
  },
];

const STALLED: Case = {
  title: "when most accounts are concerned it is told once, and what is still seen is told as ever",
  quiet: [
    ...["b1", "c3", "d1"].map((account) => about("AccountBlind", "warning", account)),
    ...["c1", "c2"].map((account) => about("AccountCredentialsRejected", "warning", account)),
    about("AccountPublishDue", "critical", "d1"),
  ],
  told: [
    system("CollectionStalled", "critical", { collector: "statistics" }),
    system("CollectionStalled", "critical"),
    system("PlannerStalled", "critical"),
    system("QueueBacklog", "warning", { collector: "replies" }),
    about("AccountPublishDue", "critical", "d2"),
    about("AccountRepliesOverdue", "warning", "d2"),
    about("AccountVerificationExpiring", "warning", "d1"),
  ],
};

async function check(alertmanager: Alertmanager, { title, quiet, told }: Case): Promise<void> {
  const all = [...told, ...quiet];
  const expected = [...told.map(() => false), ...quiet.map(() => true)];
  await alertmanager.post(all);
  await eventually(title, async () => {
    const states = await alertmanager.inhibited(all);
    const wrong = all.filter((_, index) => states[index] !== expected[index]);
    return wrong.length === 0;
  });
}

test("Alertmanager keeps quiet what another alert speaks for, and nothing else", async (t) => {
  const alertmanager = await startAlertmanager(t, "http://127.0.0.1:9/alerts");
  // One after another on one Alertmanager, and the earlier ones once more beside the later ones.
  for (const each of CASES) await check(alertmanager, each);
  for (const each of CASES) await check(alertmanager, each);
  await check(alertmanager, STALLED);
});

test("Alertmanager shows the token of the file, and its Watchdog at once", async (t) => {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    received.push({ headers: request.headers, body });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const alertmanager = await startAlertmanager(t, `http://127.0.0.1:${port}/alerts`);
  await alertmanager.post([system("Watchdog", "info"), system("PlannerStalled", "critical")]);
  await eventually("the Watchdog arrives", () => received.length > 0);
  assert.equal(received[0]?.headers.authorization, `Bearer ${TOKEN}`);
  const payload = JSON.parse(received[0]?.body ?? "");
  assert.equal(payload.version, "4");
  assert.deepEqual(payload.groupLabels, { alertname: "Watchdog" });
  assert.equal(payload.truncatedAlerts, 0);
});

test("amtool accepts the configuration", () => {
  const checked = tool("amtool", ["check-config", "alertmanager.yml"], DIRECTORY);
  assert.equal(checked.status, 0, checked.output);
});
