import { linkTo } from "./links.ts";
import { COLOUR, texts } from "./scale.ts";
import type { Column } from "./table.ts";

/** `state` of v_account_risk, in its order: most urgent first. */
export const STATES = texts({
  passed: ["已超期", COLOUR.bad],
  unproven: ["待核实", COLOUR.warning],
  near: ["临近超期", COLOUR.notice],
  blind: ["采集不到", COLOUR.unknown],
  ok: ["正常", COLOUR.good],
  unjudged: ["不设期限", COLOUR.unknown],
});

/** The query needs the column `account` for the link; it stands hidden in the table. */
export const ACCOUNT: Column = {
  title: "公众号",
  width: 190,
  link: linkTo("govmatrix-account", { account: "account" }),
};
export const DEPARTMENT: Column = { title: "单位", width: 190 };
