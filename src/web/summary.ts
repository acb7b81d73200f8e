import type { StatusAccount } from "../store/statusPage.ts";
import { type Html, html } from "./html.ts";
import { type State, stateOf } from "./state.ts";
import { asOf, figure } from "./text.ts";

type Tone = "good" | "warn" | "bad";

const TILES: [state: State, label: string, tone: Tone][] = [
  ["ok", "正常", "good"],
  ["near", "临近超期", "warn"],
  ["unproven", "待核实", "warn"],
  ["passed", "已超期", "bad"],
  ["blind", "采集不到", "warn"],
];

/** What is to be read in ten seconds. `visited` exist on the platform; `planned` counts the others. */
export function summary(visited: readonly StatusAccount[], planned: number, now: Date): Html {
  const states = Map.groupBy(visited, (account) => stateOf(account, now));
  const count = (state: State) => states.get(state)?.length ?? 0;
  const toned = (tone: Tone, value: number | null) => (value ? tone : null);
  const open = sumOf(visited.map(({ openCases }) => openCases));
  const overdue = sumOf(visited.map(({ overdueCases }) => overdueCases));
  return html`<section>
<h2>概况</h2>
<dl class="tiles">
${TILES.map(([state, label, tone]) => tile(label, count(state), "个", toned(tone, count(state))))}
${tile("待回复（含非提问）", open, "条", null)}
${tile("超时未回复", overdue, "条", toned("bad", overdue))}
</dl>
<p>${times(visited)}${coverage(visited, count("unjudged"), planned)}</p>
</section>`;
}

function tile(label: string, value: number | null, unit: string, tone: Tone | null): Html {
  const look = tone === null ? html`` : html` class="${tone}"`;
  return html`<div${look}><dt>${label}</dt><dd><b>${figure(value)}</b>${value === null ? "" : ` ${unit}`}</dd></div>`;
}

function coverage(visited: readonly StatusAccount[], unjudged: number, planned: number): string {
  const known = visited.filter(({ dataUntil }) => dataUntil !== null).length;
  const replies = visited.filter(({ openCases }) => openCases !== null).length;
  const others = [
    ...(unjudged > 0 ? [`不设期限 ${unjudged} 个`] : []),
    ...(planned > 0 ? [`筹建中 ${planned} 个`] : []),
  ];
  const rest = others.length === 0 ? "" : `另有${others.join("，")}。`;
  return `${known}/${visited.length} 个账号有数据，${replies}/${visited.length} 个可统计回复。${rest}`;
}

function times(visited: readonly StatusAccount[]): string {
  const statistics = asOf(visited.map(({ dataUntil }) => dataUntil));
  const replies = asOf(visited.map(({ repliesAsOf }) => repliesAsOf));
  return `${statistics === null ? "尚无数据" : `数据${statistics}`}。${replies === null ? "" : `回复数据${replies}。`}`;
}

/** Of what is known; null when nothing is. */
function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
