import { execFile } from "node:child_process";
import { lchownSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../errors.ts";

const run = promisify(execFile);

/** The only environment that Postgres gets: nothing of ours, English messages. */
export const POSTGRES_ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
};

const NOBODY = 65534;

export interface Launcher {
  /** Goes before the binary and its arguments. */
  prefix: string[];
  /** Owner that the data directory needs, because Postgres accepts no other; null for the user that runs us. */
  owner: number | null;
}

// With it the kernel asks Postgres to shut down when our process ends in whatever way.
const FOLLOW = ["setpriv", "--pdeathsig", "INT"];

// Postgres refuses uid 0. In a user namespace root's own files stay its own under another number; where that is
// forbidden (Docker's default seccomp) a plain user who may pass root's 0700 directories takes its place.
const AS_ROOT: Launcher[] = [
  { prefix: [...FOLLOW, "unshare", "--user", "--map-user=1", "--map-group=1"], owner: null },
  {
    prefix: [
      ...[...FOLLOW, `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--inh-caps=-all,+dac_override"],
      ...["--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"],
    ],
    owner: NOBODY,
  },
  { prefix: ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"], owner: NOBODY },
];

const AS_USER: Launcher[] = [
  { prefix: FOLLOW, owner: null },
  { prefix: [], owner: null },
];

/** The first way to start this Postgres binary that works on this machine. */
export async function findLauncher(postgres: string): Promise<Launcher> {
  const candidates = process.getuid?.() === 0 ? AS_ROOT : AS_USER;
  for (const launcher of candidates) if (await works(launcher, postgres)) return launcher;
  throw new UserError(
    candidates === AS_ROOT
      ? "Postgres does not run as root and no way to another user works here; start govmatrix as an ordinary user or set DATABASE_URL"
      : `the embedded Postgres does not start on this machine (${postgres}); set DATABASE_URL`,
  );
}

async function works(launcher: Launcher, postgres: string): Promise<boolean> {
  const script = 'test "$(id -u)" != 0 && exec "$0" --version';
  const [command = "", ...args] = [...launcher.prefix, "sh", "-c", script, postgres];
  try {
    await run(command, args, { env: POSTGRES_ENVIRONMENT, timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** Gives the tree to the owner that the launcher needs; data made by another launcher stays usable. */
export function giveTo(path: string, owner: number | null): void {
  const uid = owner ?? process.getuid?.();
  if (uid === undefined || lstatSync(path).uid === uid) return;
  const visit = (entry: string): void => {
    if (lstatSync(entry).isDirectory()) for (const name of readdirSync(entry)) visit(join(entry, name));
    lchownSync(entry, uid, uid);
  };
  visit(path);
}
