import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Secrets } from "./secrets.ts";

interface Service {
  image: string;
  environment: Record<string, string>;
  volumes: string[];
  networks: string[];
  user: string;
}

interface Mount {
  source: string;
  target: string;
}

/** Grafana's own names of settings: GF_<section>_<key>, the section's dots and dashes as underscores. */
const REQUIRED: Record<string, string> = {
  GF_USERS_ALLOW_SIGN_UP: "false",
  GF_USERS_DEFAULT_LANGUAGE: "zh-Hans",
  GF_AUTH_ANONYMOUS_ENABLED: "false",
  GF_ANALYTICS_REPORTING_ENABLED: "false",
  GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
  GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
  GF_SECURITY_DISABLE_GRAVATAR: "true",
  GF_UNIFIED_ALERTING_ENABLED: "false",
};
const UIDS: Record<string, string> = {
  "govmatrix-postgres": "grafana-postgresql-datasource",
  "govmatrix-prometheus": "prometheus",
  "govmatrix-alertmanager": "alertmanager",
};

/** What Grafana would be started with: every file, variable, data source and board that its settings name is there. */
export function isProvisioned(clone: string, secrets: Secrets): string {
  const compose = parse(readFileSync(join(clone, "docker-compose.yml"), "utf8"), { merge: true }) as {
    services: Record<string, Service>;
  };
  const grafana = compose.services.grafana;
  if (!grafana) throw new Error("there is no service `grafana`");
  const faults: string[] = [];
  const { environment } = grafana;
  const mounts = grafana.volumes.map((volume): Mount => {
    const [source = "", target = ""] = volume.split(":");
    return { source, target };
  });
  for (const [name, value] of Object.entries(REQUIRED)) {
    if (environment[name] !== value) faults.push(`${name} is ${environment[name]}`);
  }
  const secretFiles = secrets.files.filter(({ consumer }) => consumer === "grafana").map(({ file }) => file);
  const named = [...Object.entries(environment)].filter(([name]) => name.endsWith("__FILE")).map(([, file]) => file);

  const sources = read<{ datasources: Source[] }>(clone, "datasources").flatMap(({ datasources }) => datasources);
  const types = Object.fromEntries(sources.map(({ uid, type }) => [uid, type]));
  if (JSON.stringify(types) !== JSON.stringify(UIDS)) faults.push(`data sources: ${JSON.stringify(types)}`);
  const text = JSON.stringify(sources);
  named.push(...[...text.matchAll(/\$__file\{([^}]+)\}/g)].map(([, file = ""]) => file));
  for (const file of named) {
    const name = file.replace("/run/secrets/", "");
    if (!secretFiles.includes(name)) faults.push(`Grafana has no file ${file}`);
  }
  for (const [, variable = ""] of text.matchAll(/\$([A-Z][A-Z_]*)/g)) {
    if (environment[variable] === undefined) faults.push(`Grafana has no variable ${variable}`);
  }
  for (const { editable, user, type } of sources) {
    if (editable) faults.push("a data source can be edited");
    if (type === UIDS["govmatrix-postgres"] && user !== "govmatrix_reader") faults.push(`Postgres is read by ${user}`);
  }

  const providers = read<{ providers: Provider[] }>(clone, "dashboards").flatMap(({ providers }) => providers);
  const folders = providers.map(({ options }) => mounts.find(({ target }) => target === options.path)?.source ?? "");
  const boards = folders.flatMap((folder) => globSync("*.json", { cwd: join(clone, folder) }));
  if (boards.length === 0) faults.push("no board is provisioned");
  const home = environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? "";
  const homeMount = mounts.find(({ target }) => target !== "" && home.startsWith(`${target}/`));
  if (!homeMount || !existsSync(join(clone, homeMount.source, home.slice(homeMount.target.length)))) {
    faults.push(`the home board ${home} is not there`);
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return `${sources.length} data sources, ${boards.length} boards`;
}

interface Source {
  uid: string;
  type: string;
  user?: string;
  editable: boolean;
}

interface Provider {
  options: { path: string };
}

function read<Document>(clone: string, kind: string): Document[] {
  const folder = join(clone, "grafana/provisioning", kind);
  return globSync("*.{yml,yaml}", { cwd: folder }).map(
    (file) => parse(readFileSync(join(folder, file), "utf8")) as Document,
  );
}
