import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import { type DashboardLink, DashboardLinkBuilder, DashboardLinkType } from "@grafana/grafana-foundation-sdk/dashboard";
import { inHead } from "./placement.ts";

/** The boards, in the order of their links; names others depend on. */
export const BOARDS = {
  "govmatrix-overview": "总览",
  "govmatrix-updates": "更新监测",
  "govmatrix-account": "账号详情",
  "govmatrix-replies": "互动回应",
  "govmatrix-coordination": "协同联动",
  "govmatrix-alerts": "预警与督办",
  "govmatrix-collection": "采集运行",
} as const;
export type BoardUid = keyof typeof BOARDS;

/** A link of a cell or figure; `variables` as `{ account: "account" }`: the variable, and the column its value stands in. */
export function boardUrl(uid: BoardUid, variables: Record<string, string> = {}): string {
  const parameters = Object.entries(variables).map(
    ([name, column]) => `var-${name}=\${__data.fields.${column}:percentencode}`,
  );
  return [`/d/${uid}`, parameters.join("&")].filter((part) => part !== "").join("?");
}

const link = (title: string, url: string) => new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url);

/** To a board, from a panel or a cell. */
export const linkTo = (uid: BoardUid, variables: Record<string, string> = {}): Builder<DashboardLink> =>
  inHead(link(`查看${BOARDS[uid]}`, boardUrl(uid, variables)));

/** Out of the boards, in a tab of its own; `column` holds the address. */
export const linkOut = (title: string, column: string): Builder<DashboardLink> =>
  inHead(link(title, `\${__data.fields.${column}}`).targetBlank(true));

/** To all boards but the one they stand on. */
export const boardLinks = (own: BoardUid) =>
  Object.entries(BOARDS)
    .filter(([uid]) => uid !== own)
    .map(([uid, title]) => inHead(link(title, `/d/${uid}`).icon("dashboard")));
