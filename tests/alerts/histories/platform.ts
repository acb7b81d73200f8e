import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { dayAt } from "../../../src/simulator/calendar.ts";
import type { Account } from "../../../src/simulator/county.ts";
import type { startSimulator } from "../../../src/simulator/index.ts";
import { salt } from "../../../src/simulator/random.ts";
import { createPlatformServer } from "../../../src/simulator/server.ts";
import { createWorld, type World } from "../../../src/simulator/world.ts";
import { dice } from "./dice.ts";

const shaping = salt("accounts of histories");
const DAYS_BEFORE = 31;

/** A healthy account that publishes by no habit of its own, only what it is told to. */
function tame(account: Account, world: World, startMs: number): void {
  const draw = dice(world.seed, shaping, account.index);
  const { switches } = account;
  const today = dayAt(startMs);
  const openedOn = draw() < 0.12 ? today - 2 - Math.floor(draw() * 11) : null;
  Object.assign(account, {
    ...{ habit: "never", unnotified: "never", special: null, silentDays: null, lastDay: null },
    registeredSecret: switches.secret,
    openedOn,
    firstDay: openedOn ?? today - DAYS_BEFORE,
  });
  Object.assign(switches, {
    ...{ allowListed: true, sparseCurves: false, verifiedUntilSeconds: startMs / 1_000 + 400 * 86_400 },
    omitsEmptyDays: draw() < 1 / 2,
    permissions: { ...switches.permissions, followers: draw() < 0.1, publications: draw() < 0.25 },
  });
}

/** A county whose accounts all are tame; `world` is the platform's inside. */
export function tameCounty(seed: number): { simulate: typeof startSimulator; world: () => World } {
  let world: World | null = null;
  return {
    world() {
      if (world === null) throw new Error("the platform was not started");
      return world;
    },
    async simulate({ accounts = 45, now = () => new Date() } = {}) {
      const made = createWorld({ accounts, days: DAYS_BEFORE, seed, now, startDay: undefined });
      world = made;
      for (const account of made.accounts) tame(account, made, now().getTime());
      const server = createPlatformServer(made).listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      return {
        url: `http://127.0.0.1:${port}`,
        port,
        async close() {
          server.close();
          server.closeAllConnections();
        },
      };
    },
  };
}
