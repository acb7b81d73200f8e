// The compose stack on a real engine: `npm run test:compose`. Root, because it may start an engine of its own.
// --working-tree takes what is not committed yet along.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { type Engine, openEngine } from "./engine.ts";
import { BASE_IMAGE, imageMegabytes, imageOf, makeBaseImage, makeServiceImages, SERVICES } from "./images.ts";
import { proveStack } from "./proof.ts";
import { must, run } from "./shell.ts";
import { openStack, takeDown } from "./stack.ts";
import { Abandoned, interruption, printSteps, type Steps, startSteps } from "./steps.ts";
import { freePort, makeWorkspace, ROOT, type Workspace } from "./workspace.ts";

const LONG_RUNNING = [
  "postgres",
  "redis",
  "planner",
  "collector",
  "notifier",
  "exporter",
  "prometheus",
  "alertmanager",
];
const ONCE = ["secrets", "migrate"];
const LEFT_OUT = "grafana";
const STAND_INS = ["simulator", "robots"];
const FILES = ["docker-compose.yml", "tests/compose/override.yml"];

/** What of the machine's own settings goes into the build; nothing else of them reaches the stack. */
const OF_THIS_MACHINE = ["HTTPS_PROXY", "NO_PROXY", "NPM_REGISTRY", "APT_MIRROR"];

const { values: options } = parseArgs({ options: { "working-tree": { type: "boolean", default: false } } });

async function proveOn(engine: Engine, { clone, scratch }: Workspace, steps: Steps): Promise<void> {
  const variables = readFileSync(join(clone, "docker-compose.yml"), "utf8").matchAll(/\$\{([A-Z_]+)/g);
  for (const [, name = ""] of variables) if (!OF_THIS_MACHINE.includes(name)) delete process.env[name];
  const tag = `test-${randomBytes(4).toString("hex")}`;
  const statusPort = await freePort();
  const demoPort = await freePort();
  const env = {
    ...engine.env,
    // What a closed network sets as well.
    ...{ BASE_IMAGE, IMAGE_TAG: tag, STATUS_PORT: String(statusPort), DEMO_STATUS_PORT: String(demoPort) },
    TEST_NODE_MODULES: join(ROOT, "node_modules"),
    // The older builder is all that Debian's engine has.
    ...{ COMPOSE_DOCKER_CLI_BUILD: "0", DOCKER_BUILDKIT: "0" },
  };
  const command = (await run("docker-compose", ["version"])).code === 0 ? ["docker-compose"] : ["docker", "compose"];
  const services = [...ONCE, ...LONG_RUNNING];
  const stack = openStack({ project: `govmatrix-${tag}`, clone, env, statusPort, command, files: FILES, services });
  try {
    await steps.need("base image from Debian's packages", () => makeBaseImage({ env, scratch }));
    const versions = await steps.need("stand-ins for images that are pulled", () =>
      makeServiceImages({ env, scratch }),
    );
    await steps.need("the compose file is read, and names what is known", async () => {
      const named = (await stack.compose(["config", "--services"])).trim().split("\n").sort();
      // Compose v1 lists the services of profiles too.
      const known = Object.entries(composeFile(clone).services)
        .filter(([, { profiles }]) => profiles === undefined)
        .map(([name]) => name);
      const expected = [...services, LEFT_OUT].sort();
      if (known.sort().join() !== expected.join()) throw new Error(`services: ${known.join(", ")}`);
      return `${named.length} services, ${command.join(" ")} ${(await stack.compose(["version", "--short"])).trim()}`;
    });
    await steps.need("our image from the Dockerfile", async () => {
      await stack.compose(["build", "secrets"], { timeoutMs: 600_000 });
      const [size, base] = await Promise.all([
        imageMegabytes(`govmatrix:${tag}`, env),
        imageMegabytes(BASE_IMAGE, env),
      ]);
      return `${Math.round(size)} MB, ${Math.round(size - base)} MB of them over its base`;
    });
    await proveStack(stack, { steps, scratch, statusPort, demoPort, longRunning: LONG_RUNNING, standIns: STAND_INS });
    console.log(`\nimages that were not run: ${pulledImages(clone).join(", ")}`);
    console.log(`in their place: ${versions}; ${LEFT_OUT} was left out`);
  } finally {
    await steps.end("down leaves no container, volume or network", () => takeDown(stack));
    const images = [`govmatrix:${tag}`, ...SERVICES.map(imageOf), BASE_IMAGE];
    if (!engine.own) await run("docker", ["image", "rm", "--force", ...images], { env });
  }
}

interface ComposeFile {
  services: Record<string, { image: string; profiles?: string[] }>;
}

function composeFile(clone: string): ComposeFile {
  return parse(readFileSync(join(clone, "docker-compose.yml"), "utf8"), { merge: true }) as ComposeFile;
}

function pulledImages(clone: string): string[] {
  const images = Object.values(composeFile(clone).services).map(({ image }) => image.replace(/\$\{[^}]*\}/g, ""));
  const base = /node:[\w.-]+/.exec(readFileSync(join(clone, "Dockerfile"), "utf8"))?.[0] ?? "";
  return [...new Set(images.filter((image) => !image.startsWith("govmatrix")).concat(base))].sort();
}

async function main(): Promise<number> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interruption.abort(signal));
  const steps = startSteps();
  let workspace: Workspace | null = null;
  let engine: Engine | null = null;
  try {
    workspace = await steps.need("fresh clone", () => makeWorkspace(options["working-tree"]));
    engine = await steps.need("engine", openEngine);
    const version = (await must("docker", ["version", "--format", "{{.Server.Version}}"], { env: engine.env })).trim();
    console.log(`Docker ${version}, ${engine.own ? "started by this test" : "found running"}`);
    await proveOn(engine, workspace, steps);
  } catch (error) {
    if (!(error instanceof Abandoned)) throw error;
  } finally {
    const stop = engine?.stop;
    if (stop) await steps.end("the engine ends, and the machine's network is as it was", stop);
    workspace?.remove();
  }
  return printSteps(steps.all()) ? 0 : 1;
}

process.exitCode = await main();
