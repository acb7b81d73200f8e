import type { TestContext } from "node:test";
import { sql } from "kysely";
import { startExposition } from "../../../src/metrics/exposition.ts";
import type { World } from "../../../src/simulator/world.ts";
import { type AccountFacts, readAccountFacts } from "../../../src/store/alertFacts.ts";
import type { County } from "../../support/county.ts";
import { DAY, HOUR, type Span } from "./posts.ts";
import type { Trouble } from "./weather.ts";

/** Seconds between two samples, and between two evaluations. */
export const GRID = 600;
/** In UTC, as the morning. */
const PAGES_AT = 2 * HOUR;
const MORNING = { from: 0, to: 4 * HOUR };

/** What is exposed and stored from this moment on. */
export interface Frame {
  at: number;
  /** Lines of the exposition without a time. */
  samples: readonly string[];
  facts: ReadonlyMap<string, AccountFacts>;
}

/** The statistics of the day are asked for until noon, at short distances. */
const stepAt = (now: number) => (now % DAY >= MORNING.from && now % DAY < MORNING.to ? GRID : HOUR);

/** Pages tell the second of a publication; when in the day they are read does not matter. */
async function visitDue(county: County, now: number): Promise<void> {
  await county.collect();
  await county.collect(undefined, "publications");
  if (now % DAY === PAGES_AT) await county.collect(undefined, "pages");
}

async function nextDue(county: County): Promise<number> {
  const { rows } = await sql<{ next: Date | null }>`
    select min(next_due_at) as next from visit where collector in ('statistics', 'publications')`.execute(county.db);
  return (rows[0]?.next?.getTime() ?? Number.POSITIVE_INFINITY) / 1_000;
}

/** Begins and ends troubles as the time passes. */
function forecast(world: World, troubles: readonly Trouble[]): (now: number) => void {
  const waiting = [...troubles];
  let present: { to: number; end: () => void }[] = [];
  return (now) => {
    for (const { to, end } of present) if (to <= now) end();
    present = present.filter(({ to }) => to > now);
    for (let next = waiting[0]; next && next.from <= now; next = waiting[0]) {
      waiting.shift();
      if (next.to > now) present.push({ to: next.to, end: next.begin(world) });
    }
  };
}

interface Scene {
  world: World;
  troubles: readonly Trouble[];
  span: Span;
  /** Of which samples are kept. */
  families: ReadonlySet<string>;
}

/** Lets the span pass with its troubles and visits; answers what could be seen meanwhile. */
export async function play(
  t: TestContext,
  county: County,
  { world, troubles, span, families }: Scene,
): Promise<Frame[]> {
  const exposition = startExposition({
    ...{ db: county.db, log: county.context.log, now: () => county.clock.now, intervalMs: 2 ** 30 },
  });
  t.after(() => exposition.close());
  // What they bring bears on no rule about publishing.
  await county.db.deleteFrom("visit").where("collector", "in", ["replies", "profile"]).execute();
  const advance = forecast(world, troubles);
  const frames: Frame[] = [];
  for (let now = span.from; now < span.to; ) {
    county.clock.now = new Date(now * 1_000);
    advance(now);
    await visitDue(county, now);
    await exposition.refresh();
    const lines = exposition.page().text.flatMap((bytes) => bytes.toString().split("\n"));
    const facts = await readAccountFacts(county.db, "all");
    frames.push({
      at: now,
      samples: lines.filter((line) => families.has(line.slice(0, line.search(/[{ ]/)))),
      facts: new Map([...facts.values()].map((one) => [one.code, one])),
    });
    const step = stepAt(now);
    const due = Math.ceil((await nextDue(county)) / step) * step;
    now = Math.max(now + step, Math.min(due, Math.floor(now / HOUR + 1) * HOUR));
  }
  return frames;
}
