import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseDocument } from "yaml";
import type { z } from "zod";
import { UserError } from "../errors.ts";
import type { Hop } from "../model.ts";
import type { ChannelSettings } from "./channels/channel.ts";
import { targetFault } from "./channels/mentions.ts";
import { readSettings } from "./channels/settings.ts";
import { type RoutesFile, routesFile } from "./routesFile.ts";

export interface Contact {
  name: string;
  /** Tried in this order. */
  hops: readonly Hop[];
}

/** Whom to tell by which channel. */
export interface Routes {
  channels: ReadonlyMap<string, ChannelSettings>;
  /** The county's duty group, by the first hop that works. */
  duty: readonly Hop[];
  /** Every contact of a department is told. */
  departments: ReadonlyMap<string, readonly Contact[]>;
  /** Base of Grafana, for links; null leaves them out. */
  boardsUrl: string | null;
}

/** Reads the routes file and every secret that it names. Throws one `UserError` with all faults; no value is in it. */
export function loadRoutes(file: string): Routes {
  const result = routesFile.safeParse(readYaml(file));
  if (!result.success) throw invalid(file, issueLines(result.error.issues));
  const routes = result.data;
  const faults = hopFaults(routes);
  const channels = new Map<string, ChannelSettings>();
  for (const [name, entry] of Object.entries(routes.channels)) {
    const settings = readSettings(entry, dirname(file), (fault) => faults.push(`channels.${name}.${fault}`));
    if (settings) channels.set(name, settings);
  }
  if (faults.length > 0) throw invalid(file, faults);
  return {
    channels,
    duty: routes.duty,
    departments: new Map(
      Object.entries(routes.departments).map(([code, contacts]) => [
        code,
        contacts.map(({ name, via }) => ({ name, hops: via })),
      ]),
    ),
    boardsUrl: routes.boards_url,
  };
}

function readYaml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(`the routes file ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const document = parseDocument(text);
  const faults = document.errors.map(({ code, linePos }) => `line ${linePos?.[0].line ?? 1}: not YAML (${code})`);
  if (faults.length > 0) throw invalid(file, faults);
  try {
    return document.toJS() ?? {};
  } catch {
    throw invalid(file, ["the file: an alias cannot be resolved"]);
  }
}

function invalid(file: string, faults: readonly string[]): UserError {
  return new UserError(`the routes file ${file} is not valid:\n  ${faults.join("\n  ")}`);
}

function issueLines(issues: readonly z.core.$ZodIssue[]): string[] {
  return issues.flatMap((issue) => {
    const at = issue.path.join(".") || "the file";
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => `${at}: ${key} is not known here`);
    if (issue.code === "invalid_key") return `${at}: expected a name of a-z, 0-9 and -, at most 40 characters`;
    return `${at}: ${issue.message}`;
  });
}

/** Hops to channels that do not exist, and targets that theirs cannot tell. */
function hopFaults(routes: RoutesFile): string[] {
  const contacts = Object.entries(routes.departments).flatMap(([code, all]) =>
    all.map(({ via }, index) => ({ at: `departments.${code}.${index}.via`, hops: via })),
  );
  return [{ at: "duty", hops: routes.duty }, ...contacts].flatMap(({ at, hops }) =>
    hops.flatMap(({ channel, target }, index) => {
      const type = routes.channels[channel]?.type;
      if (type === undefined) return [`${at}.${index}.channel: no channel ${channel} in channels`];
      if (target === null) return type === "email" ? [`${at}.${index}.target: expected a mail address`] : [];
      const fault = targetFault(type, target);
      return fault === null ? [] : [`${at}.${index}.target: ${fault}`];
    }),
  );
}
