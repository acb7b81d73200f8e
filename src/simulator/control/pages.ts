import { dayOfMid } from "../articles.ts";
import { dayAt } from "../calendar.ts";
import { articleStates } from "../standing.ts";
import type { World } from "../world.ts";
import { readAccount } from "./accounts.ts";
import { BadRequest, type Input, optionalText, refuseUnknown } from "./input.ts";

/** From now on the article's page shows that state, `ok` included. */
export function setPage(world: World, input: Input | null): object {
  if (input === null) throw new BadRequest("body: expected appid, msgid and state");
  refuseUnknown(input, ["appid", "msgid", "state"]);
  const account = readAccount(world, input);
  const msgid = optionalText(input, "msgid") ?? "";
  const state = articleStates.find((known) => known === input.state);
  if (state === undefined) throw new BadRequest(`state: expected one of ${articleStates.join(", ")}`);
  const nowMs = world.clock.nowMs();
  const mid = /^(\d{1,20})_\d$/.exec(msgid)?.[1];
  const day = mid === undefined ? null : dayOfMid(account, BigInt(mid));
  const known = day !== null && day >= account.firstDay && day <= dayAt(nowMs);
  const article = known
    ? world
        .historyOf(account)
        .articlesOn(day)
        .find((each) => each.msgid === msgid)
    : undefined;
  if (article === undefined) throw new BadRequest(`msgid: unknown article ${msgid}`);
  const sinceSeconds = Math.floor(nowMs / 1_000);
  world.standings.set(article, { state, sinceSeconds });
  return { msgid, state, since: sinceSeconds };
}
