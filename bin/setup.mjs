// Prepares a fresh clone: `node bin/setup.mjs` installs the dependencies, `--tests` also the servers and tools that the
// tests run, `--compose` also the engine that the test of the compose stack runs on. Plain JavaScript for Node 20,
// without any dependency. It talks on stderr: stdout belongs to commands.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const TOOLS = join(ROOT, ".govmatrix/tools");
const POLICY = "/usr/sbin/policy-rc.d";

/** What the tests need: Debian package and the commands of it, or a path where it has none. */
const TEST_PACKAGES = new Map([
  ["redis-server", ["redis-server"]],
  ["prometheus", ["prometheus", "promtool"]],
  ["prometheus-alertmanager", ["prometheus-alertmanager", "amtool"]],
  ["postgresql", ["postgres", "initdb"]],
  ["chromium", ["chromium"]],
  ["fonts-wqy-microhei", ["/usr/share/fonts/truetype/wqy"]],
]);
/** What the test of the compose stack needs: root runs it. */
const COMPOSE_PACKAGES = new Map([
  ["docker.io", ["dockerd", "docker"]],
  ["docker-compose", ["docker-compose"]],
  ["debootstrap", ["debootstrap"]],
  ["iptables", ["iptables", "iptables-save"]],
  ["iproute2", ["ip"]],
]);
/** Where Debian keeps the servers of Postgres, one directory for each major: not on PATH. */
const POSTGRES = "usr/lib/postgresql";

/** Installs the npm packages when there are none or the lock file is newer than they are. */
export function installDependencies() {
  const installed = changedAt(join(ROOT, "node_modules/.package-lock.json"));
  if (installed !== null && installed >= (changedAt(join(ROOT, "package-lock.json")) ?? 0)) return;
  say("installing dependencies (once, about half a minute)");
  const ownNpm = process.env.npm_execpath;
  const [command, ...args] =
    ownNpm && basename(ownNpm) === "npm-cli.js" ? [process.execPath, ownNpm, "ci"] : ["npm", "ci"];
  const { ok, output } = run(command, [...args, "--loglevel=error", "--no-audit", "--no-fund"]);
  if (!ok) fail("npm ci failed: check the network or the registry and start again", output);
}

function installTools(wanted, { needsRoot }) {
  const isRoot = process.getuid() === 0;
  if (needsRoot && !isRoot) fail("this test starts containers: run it as root");
  const missing = [...wanted].filter(([, proofs]) => !proofs.every(isAvailable)).map(([name]) => name);
  if (missing.length === 0) return;
  const advice = `the tests need ${missing.join(" and ")}: install these packages so that their commands are on PATH`;
  if (!isOnPath("apt-get")) fail(advice);
  say(`installing ${missing.join(", ")} for the tests (once)`);
  const { ok, output } = isRoot ? installForAll(missing) : installForUs(missing);
  if (!ok || ![...wanted.values()].flat().every(isAvailable)) fail(advice, output);
}

function installForAll(packages) {
  // Debian starts a service as soon as it is installed, unless this file says no.
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const install = ["install", "-y", "--no-install-recommends", ...packages];
    const first = run("apt-get", install);
    if (first.ok) return first;
    const update = run("apt-get", ["update"]);
    return update.ok ? run("apt-get", install) : update;
  } finally {
    if (ownPolicy) rmSync(POLICY, { force: true });
  }
}

/** Without root: apt works on state of its own, and the packages are unpacked beside the repository's data. */
function installForUs(packages) {
  const apt = join(TOOLS, "apt");
  const archives = join(apt, "cache/archives");
  const root = join(TOOLS, "root");
  for (const directory of [join(apt, "state/lists/partial"), join(archives, "partial"), root]) {
    mkdirSync(directory, { recursive: true });
  }
  const settings = [`Dir::State=${apt}/state`, `Dir::Cache=${apt}/cache`, "Dir::State::status=/var/lib/dpkg/status"];
  const options = [...settings, "APT::Sandbox::User=", "Debug::NoLocking=1"].flatMap((setting) => ["-o", setting]);
  try {
    const update = run("apt-get", [...options, "update"]);
    if (!update.ok) return update;
    const plan = run("apt-get", [...options, "-s", "install", "--no-install-recommends", ...packages]);
    if (!plan.ok) return plan;
    const needed = [...plan.output.matchAll(/^Inst (\S+) .*?\((\S+) /gm)].map(
      ([, name, version]) => `${name}=${version}`,
    );
    const download = run("apt-get", [...options, "download", ...needed], archives);
    if (!download.ok) return download;
    for (const file of readdirSync(archives).filter((name) => name.endsWith(".deb"))) {
      const unpack = run("dpkg-deb", ["-x", join(archives, file), root]);
      if (!unpack.ok) return unpack;
    }
    for (const command of packages.flatMap((name) => TEST_PACKAGES.get(name))) {
      if (!isAbsolute(command)) writeWrapper(command, root);
    }
    return { ok: true, output: "" };
  } finally {
    rmSync(apt, { recursive: true, force: true });
  }
}

/** The unpacked programs find the libraries that were unpacked with them. */
function writeWrapper(command, root) {
  // Debian's chromium in usr/bin is a script that starts the one in /usr/lib.
  const places = ["usr/lib/chromium", "usr/bin", "usr/sbin", "bin"].map((place) => join(root, place));
  const program = [...places, ...postgresPlaces(root)].map((place) => join(place, command)).find(existsSync);
  if (!program) return;
  const libraries = ["usr/lib", "lib"]
    .map((place) => join(root, place))
    .filter(existsSync)
    .flatMap((place) =>
      readdirSync(place)
        .filter((name) => name.endsWith("-linux-gnu"))
        .map((name) => join(place, name)),
    );
  const wrapper = join(TOOLS, "bin", command);
  mkdirSync(dirname(wrapper), { recursive: true });
  writeFileSync(
    wrapper,
    `#!/bin/sh\nLD_LIBRARY_PATH='${libraries.join(":")}'\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}\nexport LD_LIBRARY_PATH\nexec '${program}' "$@"\n`,
  );
  chmodSync(wrapper, 0o755);
}

function isAvailable(command) {
  if (isAbsolute(command)) return existsSync(command) || existsSync(join(TOOLS, "root", command));
  return (
    isOnPath(command) || [join(TOOLS, "bin"), ...postgresPlaces("/")].some((place) => existsSync(join(place, command)))
  );
}

function postgresPlaces(root) {
  const majors = join(root, POSTGRES);
  return existsSync(majors) ? readdirSync(majors).map((major) => join(majors, major, "bin")) : [];
}

function isOnPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((directory) => existsSync(join(directory, command)));
}

function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

function run(command, args, cwd = ROOT) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
  });
  return { ok: status === 0, output: error ? error.message : `${stdout}${stderr}` };
}

function say(sentence) {
  process.stderr.write(`govmatrix: ${sentence}\n`);
}

function fail(sentence, output = "") {
  const lastLines = output.trim().split("\n").slice(-5).join("\n");
  if (lastLines !== "") process.stderr.write(`${lastLines}\n`);
  say(sentence);
  process.exit(1);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  // Ctrl-C ends the running child; we live on to clean up and say so.
  process.on("SIGINT", () => {});
  installDependencies();
  if (process.argv.includes("--tests")) installTools(TEST_PACKAGES, { needsRoot: false });
  if (process.argv.includes("--compose")) installTools(COMPOSE_PACKAGES, { needsRoot: true });
}
