// The one-shot service `secrets` of docker-compose.yml: gives each consumer the secrets that it needs, in a volume of its
// own below /secrets. What exists stays as it is, unless a person sets it.

import { chownSync, readFileSync } from "node:fs";
import { ensureSecrets, readSecret, SecretFault, type Store, setSecret } from "./secretStore.ts";

/** Groups of the images' users. */
const GROUPS: Record<string, number> = {
  ...{ postgres: 999, redis: 999, alertmanager: 65534, grafana: 472 },
  ...{ "demo-alertmanager": 65534, "demo-grafana": 472 },
};
const OUR_GROUP = 10001;

const store: Store = {
  root: "/secrets",
  give: (path, consumer) => chownSync(path, 0, GROUPS[consumer] ?? OUR_GROUP),
};

function say(sentence: string): void {
  process.stderr.write(`secrets: ${sentence}\n`);
}

function run([command = "ensure", name = "", ...rest]: string[]): void {
  if (command === "ensure" && name === "") {
    const made = ensureSecrets(store);
    say(made.length > 0 ? `made ${made.join(", ")}` : "all are there, none was changed");
    say("to read Grafana's password (user admin): docker compose run --rm --no-deps secrets show grafana-password");
  } else if (command === "show" && name !== "" && rest.length === 0) {
    const value = readSecret(store, name);
    if (value === undefined) throw new SecretFault(`${name} is not made yet: docker compose up -d`);
    process.stdout.write(`${value}\n`);
  } else if (command === "set" && name !== "" && rest.length === 0) {
    const consumers = setSecret(store, name, readFileSync(0, "utf8").trim());
    say(`${name} is set for ${consumers.join(", ")}: docker compose up -d --force-recreate`);
  } else throw new SecretFault("expected no argument, `show NAME` or `set NAME` with the value on stdin");
}

try {
  run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SecretFault)) throw error;
  say(error.message);
  process.exitCode = 1;
}
