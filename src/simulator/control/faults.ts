import { apiNamed } from "../endpoints/index.ts";
import { type Fault, faultKinds } from "../faults.ts";
import type { World } from "../world.ts";
import {
  BadRequest,
  type Input,
  isShare,
  isText,
  optional,
  optionalCount,
  optionalFlag,
  optionalText,
  readObject,
  refuseUnknown,
} from "./input.ts";

function readFault(value: unknown): Fault {
  if (isText(value)) {
    const kind = faultKinds.find((known) => known === value);
    if (kind === undefined) throw new BadRequest(`fault: expected one of ${faultKinds.join(", ")}, or an object`);
    return kind;
  }
  const input = readObject(value, "fault");
  if (Number.isInteger(input.errcode)) {
    refuseUnknown(input, ["errcode", "errmsg"]);
    const errmsg = optionalText(input, "errmsg");
    return { errcode: Number(input.errcode), ...(errmsg === undefined ? {} : { errmsg }) };
  }
  refuseUnknown(input, ["status", "html", "body", "contentType"]);
  const status = optionalCount(input, "status") ?? 200;
  if (status < 200 || status > 599) throw new BadRequest("fault.status: expected 200 to 599");
  const html = optionalFlag(input, "html");
  const body = optionalText(input, "body");
  const contentType = optionalText(input, "contentType");
  return {
    status,
    ...(html === undefined ? {} : { html }),
    ...(body === undefined ? {} : { body }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}

export function addFault(world: World, input: Input | null): object {
  if (input === null) throw new BadRequest("body: expected a fault");
  refuseUnknown(input, ["api", "appid", "probability", "count", "fault"]);
  const name = optionalText(input, "api");
  const api = name === undefined ? undefined : apiNamed(name);
  if (api === null) throw new BadRequest(`api: unknown API ${name}`);
  const appid = optionalText(input, "appid");
  if (appid !== undefined && !world.byAppid.has(appid)) throw new BadRequest(`appid: unknown account ${appid}`);
  const probability = optional(input, "probability", isShare, "a number from 0 to 1");
  const count = optionalCount(input, "count");
  const id = world.faults.add({
    fault: readFault(input.fault),
    ...(api === undefined ? {} : { api }),
    ...(appid === undefined ? {} : { appid }),
    ...(probability === undefined ? {} : { probability }),
    ...(count === undefined ? {} : { count }),
  });
  return { id };
}
