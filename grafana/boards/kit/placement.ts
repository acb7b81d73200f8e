import type { Builder } from "@grafana/grafana-foundation-sdk/cog";

/** The SDK puts links and annotations into Grafana's menu of controls; without a word of it they stand in the head. */
export function inHead<Part extends { placement?: unknown }>(part: Builder<Part>): Builder<Part> {
  return {
    build: () => {
      const built = part.build();
      delete built.placement;
      return built;
    },
  };
}
