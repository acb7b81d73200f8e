import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import { lines, type PanelText } from "./panels.ts";

/** Lines of whole numbers, from zero: also where they are few the axis has no steps between them. */
export const counts = (text: PanelText, ...queries: Builder<Dataquery>[]) =>
  lines(text, ...queries)
    .decimals(0)
    .axisSoftMin(0)
    .axisSoftMax(4);
