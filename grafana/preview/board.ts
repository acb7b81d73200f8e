import type {
  Dashboard,
  DashboardLink,
  DynamicConfigValue,
  FieldConfig,
} from "@grafana/grafana-foundation-sdk/dashboard";

/** The parts of a dashboard's JSON that the preview and the proof read. */
export interface Target {
  refId?: string;
  datasource: { type: string; uid: string };
  format?: "table" | "time_series";
  rawSql?: string;
  expr?: string;
  legendFormat?: string;
  instant?: boolean;
  range?: boolean;
}

export interface Override {
  matcher: { id: string; options?: unknown };
  properties: DynamicConfigValue[];
}

export interface BoardPanel {
  type: string;
  id: number;
  title?: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  options: Record<string, unknown>;
  fieldConfig: { defaults: FieldConfig; overrides: Override[] };
  targets: Target[];
  links: DashboardLink[];
  interval?: string;
  maxDataPoints?: number;
  transparent: boolean;
  transformations?: unknown[];
}

export interface BoardAnnotation {
  name: string;
  iconColor: string;
  target: Target;
}

/** Panels in order, those of rows too; a row is a panel of type `row`. */
export function panelsOf(board: Dashboard): BoardPanel[] {
  return (board.panels ?? []).flatMap((panel) => {
    const nested = "panels" in panel ? panel.panels : [];
    return [panel, ...nested].map((one) => {
      const { targets = [], links = [], options = {}, transparent = false } = one as Partial<BoardPanel>;
      const { fieldConfig = { defaults: {}, overrides: [] } } = one as Partial<BoardPanel>;
      return { ...one, targets, links, options, transparent, fieldConfig } as BoardPanel;
    });
  });
}

export function annotationsOf(board: Dashboard): BoardAnnotation[] {
  return (board.annotations.list ?? []).flatMap(({ name, iconColor, target }) =>
    target ? [{ name, iconColor, target: target as unknown as Target }] : [],
  );
}
