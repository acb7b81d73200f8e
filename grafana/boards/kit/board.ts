import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  type AnnotationQuery,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type GridPos,
  type Panel,
  RowBuilder,
  type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { BOARDS, type BoardUid, boardLinks } from "./links.ts";
import { sources } from "./variables.ts";

const GRID_WIDTH = 24;

/** A panel and its size on Grafana's grid: 24 columns, a row of 30 pixels. */
export interface Placed {
  panel: Builder<Panel>;
  width: number;
  height: number;
}

export interface Section {
  /** None for the first, which needs no heading. */
  title?: string;
  panels: readonly Placed[];
}

export interface BoardText {
  uid: BoardUid;
  /** The question that the board answers. */
  question: string;
  /** Range shown first, such as `now-30d`. */
  from: string;
  variables?: readonly Builder<VariableModel>[];
  annotations: readonly Builder<AnnotationQuery>[];
  sections: readonly Section[];
}

export const place = (width: number, height: number, panel: Builder<Panel>): Placed => ({ panel, width, height });

/** A dashboard in Grafana's classic schema; panels are laid out from left to right, in order. */
export function board({ uid, question, from, variables = [], annotations, sections }: BoardText): Dashboard {
  const builder = new DashboardBuilder(`${BOARDS[uid]}`)
    .uid(uid)
    .description(question)
    .tags(["govmatrix"])
    .timezone("Asia/Shanghai")
    .weekStart("monday")
    .time({ from, to: "now" })
    .refresh("5m")
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...sources(), ...variables])
    .annotations([...annotations])
    .links(boardLinks(uid));
  let id = 0;
  let y = 0;
  for (const { title, panels } of sections) {
    if (title !== undefined) {
      id += 1;
      builder.withRow(new RowBuilder(title).id(id).gridPos({ x: 0, y, w: GRID_WIDTH, h: 1 }));
      y += 1;
    }
    let x = 0;
    let height = 0;
    for (const { panel, width, height: own } of panels) {
      if (x + width > GRID_WIDTH) {
        y += height;
        x = 0;
        height = 0;
      }
      id += 1;
      builder.withPanel(positioned(panel, id, { x, y, w: width, h: own }));
      x += width;
      height = Math.max(height, own);
    }
    y += height;
  }
  return builder.build();
}

function positioned(panel: Builder<Panel>, id: number, gridPos: GridPos): Builder<Panel> {
  return { build: () => ({ ...panel.build(), id, gridPos }) };
}
