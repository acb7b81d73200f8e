import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { postgresBinaries } from "../../src/embedded/binaries.ts";
import { must } from "./shell.ts";
import { ROOT } from "./workspace.ts";

export const BASE_IMAGE = "govmatrix-test/base";
export const SERVICES = ["postgres", "redis", "prometheus", "alertmanager"] as const;
export const imageOf = (service: (typeof SERVICES)[number]) => `govmatrix-test/${service}`;

const DEBIAN = "bookworm";
/** Beside the other things that setup keeps: git ignores it. */
const DEBIAN_ARCHIVE = join(ROOT, `.govmatrix/compose/debian-${DEBIAN}.tar`);
const MIRROR = "http://deb.debian.org/debian";
/** What debian:bookworm-slim leaves out too. */
const NOT_IN_SLIM = [
  ...["usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian"],
  ...["var/cache/apt", "var/lib/apt/lists", "var/log/bootstrap.log", "var/log/dpkg.log"],
];
/** The certificates that this machine trusts: a closed network has an authority of its own. */
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

interface Where {
  env: Record<string, string>;
  scratch: string;
}

/**
 * Debian from its packages with Node 24 and npm, in the place of the image that the Dockerfile names. Debian itself is
 * kept for the next run; answers where.
 */
export async function makeBaseImage({ env, scratch }: Where): Promise<string> {
  const root = join(scratch, "debian");
  const isNew = !existsSync(DEBIAN_ARCHIVE);
  if (isNew) await bootstrap(root);
  else {
    mkdirSync(root);
    await must("tar", ["-C", root, "-xpf", DEBIAN_ARCHIVE]);
  }
  const npm = dirname(dirname(npmCli()));
  cpSync(process.execPath, join(root, "usr/local/bin/node"), { dereference: true });
  cpSync(npm, join(root, "usr/local/lib/node_modules/npm"), { recursive: true, dereference: true });
  for (const name of ["npm", "npx"]) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, "usr/local/bin", name));
  }
  mkdirSync(join(root, "etc/ssl/certs"), { recursive: true });
  if (existsSync(CERTIFICATES)) cpSync(CERTIFICATES, join(root, CERTIFICATES), { dereference: true });
  const changes = [`ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, 'CMD ["node"]'].flatMap((line) => ["--change", line]);
  const archive = join(scratch, "debian.tar");
  await must("tar", ["-C", root, "-cf", archive, "."]);
  await must("docker", ["import", ...changes, archive, BASE_IMAGE], { env });
  rmSync(root, { recursive: true });
  rmSync(archive);
  return `Debian ${DEBIAN} ${isNew ? "kept in" : "from"} ${relative(ROOT, DEBIAN_ARCHIVE)}`;
}

async function bootstrap(root: string): Promise<void> {
  await must("debootstrap", ["--variant=minbase", DEBIAN, root, aptMirror()], { timeoutMs: 600_000 });
  for (const path of NOT_IN_SLIM) rmSync(join(root, path), { recursive: true, force: true });
  for (const path of ["var/cache/apt/archives/partial", "var/lib/apt/lists/partial"]) {
    mkdirSync(join(root, path), { recursive: true });
  }
  mkdirSync(dirname(DEBIAN_ARCHIVE), { recursive: true });
  const half = `${DEBIAN_ARCHIVE}.half`;
  await must("tar", ["-C", root, "-cf", half, "."]);
  renameSync(half, DEBIAN_ARCHIVE);
}

/** Stand-ins for the images that are pulled elsewhere. Answers the versions in them. */
export async function makeServiceImages({ env, scratch }: Where): Promise<string> {
  const context = join(scratch, "images");
  cpSync(join(import.meta.dirname, "images"), context, { recursive: true });
  const { postgres } = await postgresBinaries();
  cpSync(dirname(dirname(postgres)), join(context, "postgres"), { recursive: true, verbatimSymlinks: true });
  for (const service of SERVICES) {
    const build = ["build", "--quiet", "--target", service, "--build-arg", `BASE_IMAGE=${BASE_IMAGE}`];
    await must("docker", [...build, "--tag", imageOf(service), context], { env, timeoutMs: 600_000 });
  }
  rmSync(context, { recursive: true });
  const version = async (service: (typeof SERVICES)[number], command: string) => {
    const output = await must("docker", ["run", "--rm", "--entrypoint", command, imageOf(service), "--version"], {
      env,
    });
    return `${service} ${/\d+\.\d+(\.\d+)?/.exec(output)?.[0]}`;
  };
  const alertmanager = "prometheus-alertmanager";
  return [
    await version("postgres", "postgres"),
    await version("redis", "redis-server"),
    await version("prometheus", "prometheus"),
    await version("alertmanager", alertmanager),
  ].join(", ");
}

export async function imageMegabytes(image: string, env: Record<string, string>): Promise<number> {
  return Number(await must("docker", ["image", "inspect", "--format", "{{.Size}}", image], { env })) / 1e6;
}

/** Where this machine takes its packages from. */
function aptMirror(): string {
  for (const file of ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"]) {
    const found =
      existsSync(file) &&
      /^(?:URIs:|deb(?:\s+\[.*?\])?)\s+(https?:\S+\/debian)\/?\s*/m.exec(readFileSync(file, "utf8"));
    if (found) return found[1] ?? MIRROR;
  }
  return MIRROR;
}

function npmCli(): string {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith("npm-cli.js") && existsSync(cli)) return cli;
  throw new Error("start this by `npm run test:compose`: the image's npm is the one that runs it");
}
