import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { SECRETS } from "../bin/compose/holders.ts";
import { ensureSecrets, readSecret, type Store, setSecret } from "../bin/compose/secretStore.ts";
import { VARIABLE_NAMES } from "../src/config.ts";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const yaml = (path: string) => parse(read(path), { merge: true });

interface Service {
  image: string;
  user: string;
  restart: string;
  read_only: boolean;
  cap_drop: string[];
  cap_add?: string[];
  security_opt: string[];
  mem_limit: string;
  pids_limit: number;
  command?: string[];
  ports?: string[];
  networks?: string[] | Record<string, unknown>;
  network_mode?: string;
  volumes?: string[];
  healthcheck?: { test: string[] };
  profiles?: string[];
  environment?: Record<string, string>;
}

const COMPOSE = read("docker-compose.yml");
const stack = parse(COMPOSE, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal?: boolean } | null>;
};
const services = Object.entries(stack.services);
const secretVolumes = ({ volumes = [] }: Service) => volumes.filter((volume) => volume.startsWith("secrets-"));

test("every service is hardened, limited and watched", () => {
  for (const [name, service] of services) {
    assert.equal(service.read_only, true, name);
    assert.deepEqual(service.cap_drop, ["ALL"], name);
    assert.deepEqual(service.security_opt, ["no-new-privileges:true"], name);
    assert.match(service.mem_limit, /^\d+[mg]$/, name);
    const once = service.restart === "no";
    assert.ok(once || service.restart === "unless-stopped", name);
    assert.equal(service.healthcheck === undefined, once, `${name}: what stays up has a healthcheck`);
    assert.equal(/^0:/.test(service.user), name === "secrets", `${name}: only the secrets' service is root`);
    assert.deepEqual(service.cap_add ?? [], name === "secrets" ? ["CHOWN"] : [], name);
  }
});

test("every connection to Postgres may have its process", () => {
  const { command = [], pids_limit } = stack.services.postgres ?? { pids_limit: 0 };
  const connections = command.flatMap((word) => /^max_connections=(\d+)$/.exec(word)?.[1] ?? []).map(Number);
  // Beside them its own workers.
  assert.ok(connections.length === 1 && connections.every((count) => pids_limit >= count + 50));
});

test("only Grafana and the status page are published, on 127.0.0.1 by default", () => {
  const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`));
  assert.deepEqual(published.sort(), [
    "demo $" + "{PUBLISH_ADDRESS:-127.0.0.1}:$" + "{DEMO_STATUS_PORT:-9474}:9464",
    "demo-grafana $" + "{PUBLISH_ADDRESS:-127.0.0.1}:$" + "{DEMO_GRAFANA_PORT:-3001}:3000",
    "exporter $" + "{PUBLISH_ADDRESS:-127.0.0.1}:$" + "{STATUS_PORT:-9464}:9464",
    "grafana $" + "{PUBLISH_ADDRESS:-127.0.0.1}:$" + "{GRAFANA_PORT:-3000}:3000",
  ]);
  for (const name of ["app", "data", "demo"]) assert.equal(stack.networks[name]?.internal, true, name);
});

test("images are pinned and take the mirror's prefix; only one service builds ours", () => {
  for (const [name, { image }] of services) {
    if (image.startsWith("govmatrix:")) continue;
    assert.match(image, /^\$\{IMAGE_PREFIX:-\}[a-z]+\/[a-z]+:v?\d+\.\d+(\.\d+)?$/, name);
  }
  assert.deepEqual(COMPOSE.match(/^ {4}build:/gm)?.length, 1);
});

test("each consumer's volume is its own, read-only, and filled by the secrets' service alone", () => {
  const consumers = new Set(Object.values(SECRETS).flatMap(({ holders }) => holders.map(({ consumer }) => consumer)));
  const expected = [...consumers].map((consumer) => `secrets-${consumer}`).sort();
  assert.deepEqual(
    Object.keys(stack.volumes)
      .filter((volume) => volume.startsWith("secrets-"))
      .sort(),
    expected,
  );
  for (const [name, service] of services) {
    const mounts = secretVolumes(service);
    if (name === "secrets") assert.deepEqual(mounts.map((mount) => mount.split(":")[0]).sort(), expected);
    else assert.deepEqual(mounts, consumers.has(name) ? [`secrets-${name}:/run/secrets:ro`] : [], name);
  }
});

test("every secret file that a service is told of is given to it, and no more", () => {
  for (const [name, service] of services) {
    if (name === "secrets") continue;
    const text = JSON.stringify(service);
    const given = Object.values(SECRETS).flatMap(({ holders }) =>
      holders.filter(({ consumer }) => consumer === name).map(({ file }) => file),
    );
    const named = [...text.matchAll(/\/run\/secrets\/([\w.-]+)/g)].map(([, file]) => file);
    for (const file of named) assert.ok(given.includes(file ?? ""), `${name} is not given ${file}`);
    const program = [
      ...(text.includes("compose/migrate.ts") ? [read("bin/compose/migrate.ts")] : []),
      ...(name.endsWith("grafana") ? [read("grafana/provisioning/datasources/govmatrix.yml")] : []),
      ...(name.endsWith("alertmanager") ? [read("grafana/alertmanager/compose.yml")] : []),
    ].join();
    for (const file of given)
      assert.ok(text.includes(file) || program.includes(file), `${name} has no use for ${file}`);
  }
  const holders = SECRETS["master-key"]?.holders.map(({ consumer }) => consumer);
  assert.deepEqual(holders, ["planner", "collector", "notifier", "exporter", "cli"]);
});

test(".env.example names what the stack can be told, and the stack passes on only what govmatrix knows", () => {
  const asked = new Set([...COMPOSE.matchAll(/\$\{(\w+)(?::-[^}]*)?\}/g)].map(([, name = ""]) => name));
  const own = [...asked].filter((name) => !VARIABLE_NAMES.includes(name)).sort();
  const named = [...read(".env.example").matchAll(/^#([A-Z_]+)=/gm)].map(([, name = ""]) => name).sort();
  assert.deepEqual(named, own);
  assert.ok(own.every((name) => !name.startsWith("GOVMATRIX_")));
  const known = new Set([...VARIABLE_NAMES, ...VARIABLE_NAMES.map((name) => `${name}_FILE`)]);
  for (const [name, { image, environment = {} }] of services) {
    if (!image.startsWith("govmatrix:")) continue;
    for (const variable of Object.keys(environment)) assert.ok(known.has(variable), `${name}: ${variable}`);
  }
});

test("Prometheus and Alertmanager of the stack differ from those of one machine in addresses only", () => {
  const one = yaml("grafana/prometheus/prometheus.yml");
  const many = yaml("grafana/prometheus/compose.yml");
  assert.deepEqual(many.rule_files, one.rule_files);
  const jobs = (config: typeof one) => config.scrape_configs.map(({ job_name }: { job_name: string }) => job_name);
  assert.deepEqual(jobs(many), jobs(one));
  const here = read("grafana/alertmanager/alertmanager.yml");
  const there = read("grafana/alertmanager/compose.yml")
    .replace("http://exporter:9464/alerts", "http://127.0.0.1:9464/alerts")
    .replace("/run/secrets/alert-webhook-token", "alert-webhook-token");
  assert.deepEqual(parse(there), parse(here));
});

test("Grafana's data sources have the names that the boards use", () => {
  const { datasources } = yaml("grafana/provisioning/datasources/govmatrix.yml");
  const found = datasources.map(({ uid, type, editable }: Record<string, unknown>) => [uid, type, editable]);
  assert.deepEqual(found, [
    ["govmatrix-postgres", "grafana-postgresql-datasource", false],
    ["govmatrix-prometheus", "prometheus", false],
    ["govmatrix-alertmanager", "alertmanager", false],
  ]);
  const asked = [...read("grafana/provisioning/datasources/govmatrix.yml").matchAll(/ \$([A-Z][A-Z_]+)/g)];
  for (const name of ["grafana", "demo-grafana"]) {
    for (const [, variable = ""] of asked)
      assert.ok(stack.services[name]?.environment?.[variable], `${name} ${variable}`);
  }
});

function openStore(t: TestContext): Store {
  const root = mkdtempSync(join(tmpdir(), "govmatrix-secrets-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const consumers = Object.values(SECRETS).flatMap(({ holders }) => holders.map(({ consumer }) => consumer));
  for (const consumer of consumers) mkdirSync(join(root, consumer), { recursive: true });
  return { root, give: () => undefined };
}

const valuesOf = (store: Store) => Object.keys(SECRETS).map((name) => readSecret(store, name));

test("secrets are made once, are strong, and what was lost is given again from who still has it", (t) => {
  const store = openStore(t);
  assert.deepEqual(ensureSecrets(store), Object.keys(SECRETS));
  const made = valuesOf(store);
  assert.equal(new Set(made).size, made.length);
  assert.equal(Buffer.from(readSecret(store, "master-key") ?? "", "base64").length, 32);
  assert.ok(made.every((value) => (value ?? "").length >= 44));
  const file = join(store.root, "collector/database-url");
  assert.equal(statSync(file).mode & 0o777, 0o440);
  assert.equal(statSync(join(store.root, "collector")).mode & 0o777, 0o750);

  assert.deepEqual(ensureSecrets(store), []);
  assert.deepEqual(valuesOf(store), made);

  const before = readFileSync(file, "utf8");
  rmSync(file);
  // As a start that was cut short leaves it.
  writeFileSync(join(store.root, "collector/.database-url"), "postgres://go");
  for (const { consumer, file: name } of SECRETS["redis-password"]?.holders ?? []) {
    if (consumer !== "redis") rmSync(join(store.root, consumer, name));
  }
  rmSync(join(store.root, "redis/password"));
  assert.deepEqual(ensureSecrets(store), []);
  assert.equal(readFileSync(file, "utf8"), before);
  assert.ok(!existsSync(join(store.root, "collector/.database-url")));
  assert.deepEqual(valuesOf(store), made);
});

test("a consumer that holds another value stops the start, and setting the secret mends it", (t) => {
  const store = openStore(t);
  ensureSecrets(store);
  const odd = join(store.root, "planner/database-url");
  chmodSync(odd, 0o600);
  writeFileSync(odd, "postgres://govmatrix_app:other@postgres:5432/govmatrix\n");
  assert.throws(() => ensureSecrets(store), /^SecretFault|app-password: planner\/database-url/);
  assert.equal(readFileSync(odd, "utf8").includes(":other@"), true, "nothing is overwritten");

  assert.deepEqual(setSecret(store, "app-password", "chosen-by-hand"), [
    ...["migrate", "planner", "collector", "notifier", "exporter"],
  ]);
  assert.deepEqual(ensureSecrets(store), []);
  assert.equal(readSecret(store, "app-password"), "chosen-by-hand");
  assert.match(readFileSync(odd, "utf8"), /^postgres:\/\/govmatrix_app:chosen-by-hand@postgres:5432\/govmatrix\n$/);
});

test("a value that would not survive a URL is refused before anything is written, and so is none", (t) => {
  const store = openStore(t);
  ensureSecrets(store);
  const before = valuesOf(store);
  for (const value of ["with@sign", "with space", "with/slash", ""]) {
    assert.throws(() => setSecret(store, "redis-password", value), /redis-password/);
  }
  assert.throws(() => setSecret(store, "nothing", "x"), /no secret is called nothing/);
  assert.deepEqual(valuesOf(store), before);
});
