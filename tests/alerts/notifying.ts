import type { TestContext } from "node:test";
import { type Kysely, sql } from "kysely";
import { pino } from "pino";
import type { ChannelSettings } from "../../src/alerts/channels/channel.ts";
import { createSendHttp } from "../../src/alerts/channels/http.ts";
import { PACE, type Pace } from "../../src/alerts/pace.ts";
import { createRounds, type RoundContext } from "../../src/alerts/round.ts";
import type { Contact, Routes } from "../../src/alerts/routes.ts";
import type { Hop } from "../../src/model.ts";
import type { Database } from "../../src/store/database.ts";
import { openTestDatabase } from "../metrics/county.ts";
import { type Robots, startRobots } from "../support/robots.ts";
import { days, insertAccount, minutes, NOW } from "./support.ts";

export const hop = (channel: string, target: string | null = null): Hop => ({ channel, target });
export const contact = (...hops: Hop[]): Contact => ({ name: "张三", hops });

export interface Office {
  db: Kysely<Database>;
  robots: Robots;
  routes: Routes;
  clock: { now: Date };
  /** Tries by channel, failures by channel and reason. */
  counted: Map<string, number>;
  /** A notifier of its own: each call one round with everything that it begins. */
  notifier(options?: Partial<Omit<RoundContext, "pace">> & { pace?: Partial<Pace> }): () => Promise<boolean>;
  /** Lets one notifier go round at that time, and once more when what came together is complete. */
  roundAt(minute: number): Promise<void>;
  /** What the chat read, the newest last. */
  read(robot: string): string[];
}

/** A database, robots named `duty`, `water` and `spare`, and routes over them. */
export async function openOffice(
  t: TestContext,
  routes: { duty?: Hop[]; departments?: Record<string, Contact[]> } = {},
  options: { rateLimits?: boolean } = {},
): Promise<Office> {
  const { db } = await openTestDatabase(t);
  const robots = await startRobots(t, { rateLimits: false, ...options });
  const channels = new Map<string, ChannelSettings>(
    ["duty", "water", "spare"].map((name) => [name, { type: "wecom", url: robots.add("wecom", name) }]),
  );
  const clock = { now: NOW };
  const counted = new Map<string, number>();
  const count = (key: string) => void counted.set(key, (counted.get(key) ?? 0) + 1);
  const office: Omit<Office, "roundAt"> = {
    ...{ db, robots, clock, counted },
    routes: {
      channels,
      duty: routes.duty ?? [hop("duty")],
      departments: new Map(Object.entries(routes.departments ?? {})),
      boardsUrl: null,
    },
    notifier({ pace, ...rest } = {}) {
      const rounds = createRounds({
        db,
        routes: office.routes,
        holidays: [],
        watchdog: false,
        http: createSendHttp({}, 2_000),
        pace: { ...PACE, ...pace },
        observe: ({ channel, failure }) => {
          count(channel);
          if (failure !== null) count(`${channel} ${failure}`);
        },
        stop: new AbortController().signal,
        now: () => clock.now,
        log: pino({ level: "silent" }),
        ...rest,
      });
      return async () => {
        const well = await rounds.run();
        await rounds.idle();
        return well;
      };
    },
    read: (robot) => robots.accepted(robot).map(({ content }) => content),
  };
  const round = office.notifier();
  return {
    ...office,
    async roundAt(minute) {
      for (const at of [minutes(minute), minutes(minute + 0.1)]) {
        clock.now = at;
        await round();
      }
    },
  };
}

/** Accounts whose deadline has passed, as the data prove. */
export async function insertOverdue(db: Kysely<Database>, ...codes: string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const code of codes) ids.push(await insertAccount(db, code, { deadlineAt: days(-1), dataUntil: days(-0.5) }));
  return ids;
}

export async function setContact(db: Kysely<Database>, code: string, { channel, target }: Hop): Promise<void> {
  await db
    .updateTable("account")
    .set({ contact_channel: channel, contact_target: target })
    .where("code", "=", code)
    .execute();
}

/** Each notification as one line, in the order of events and recipients. */
export async function notificationsOf(db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select concat_ws(' ', p.alert, a.code, e.kind, e.severity, '→', n.recipient, n.channel, n.state) as line
    from notification n
    join alert_event e on e.id = n.event_id
    join alert_episode p on p.id = e.episode_id
    left join account a on a.id = p.account_id
    order by e.id, n.recipient`.execute(db);
  return rows.map(({ line }) => line);
}
