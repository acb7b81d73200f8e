import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";

export interface StackHop {
  channel: string;
  target?: string;
}

/** The routes file with robots' whole addresses in the place of the files that hold them. */
export interface StackRoutes {
  channels: Record<
    string,
    | { type: "wecom" | "dingtalk" | "feishu"; url: string; signingSecret?: string }
    | { type: "webhook"; url: string; signingSecret: string }
  >;
  duty: StackHop[];
  departments?: Record<string, { name: string; via: StackHop[] }[]>;
}

export function writeRoutes(directory: string, routes: StackRoutes): string {
  const write = (file: string, secret: string): string => {
    writeFileSync(join(directory, file), secret, { mode: 0o600 });
    return file;
  };
  const channels = Object.entries(routes.channels).map(([name, { type, url, signingSecret }]) => {
    const signing = signingSecret === undefined ? null : write(`${name}.signing`, signingSecret);
    if (type === "webhook") return [name, { type, url, secret_file: signing }] as const;
    const secrets = { secret_file: write(`${name}.secret`, url), ...(signing && { signing_secret_file: signing }) };
    return [name, { type, ...secrets }] as const;
  });
  const file = join(directory, "routes.yaml");
  writeFileSync(file, stringify({ ...routes, channels: Object.fromEntries(channels) }));
  return file;
}
