import { dateText } from "../calendar.ts";
import type { Account } from "../county.ts";
import type { World } from "../world.ts";

const columns: readonly [string, (account: Account) => string][] = [
  ["department_code", (account) => account.department.code],
  ["department_name", (account) => account.department.name],
  ["account_code", (account) => account.code],
  ["account_name", (account) => account.name],
  ["platform", () => "wechat"],
  ["kind", (account) => account.kind],
  ["app_id", (account) => account.appid],
  ["app_secret", (account) => account.registeredSecret],
  ["original_id", (account) => account.originalId],
  ["lifecycle", () => "running"],
  ["rule_set", () => ""],
  ["contact_name", (account) => account.contactName],
  ["contact_channel", () => ""],
  ["contact_target", () => ""],
  ["opened_on", (account) => (account.openedOn === null ? "" : dateText(account.openedOn))],
];

/** The county as its register would be handed over; no value needs quoting. */
export function registerCsv(world: World): string {
  const rows = world.accounts.map((account) => columns.map(([, value]) => value(account)).join(","));
  return `${[columns.map(([name]) => name).join(","), ...rows].join("\n")}\n`;
}
