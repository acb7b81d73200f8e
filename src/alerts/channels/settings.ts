import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type ChannelEntry, isSafeUrl } from "../routesFile.ts";
import type { ChannelSettings } from "./channel.ts";

const PORTS = { starttls: 587, tls: 465, none: 25 };

/**
 * A channel with its secrets read; files are relative to `directory`. Each fault is told with its key and without any
 * value, since a secret may stand where its file's path belongs; with one there are no settings.
 */
export function readSettings(
  entry: ChannelEntry,
  directory: string,
  onFault: (fault: string) => void,
): ChannelSettings | null {
  let faulty = false;
  const fault = (text: string) => {
    faulty = true;
    onFault(text);
    return "";
  };
  const secret = (key: string, file: string): string => {
    try {
      return readFileSync(resolve(directory, file), "utf8").trim() || fault(`${key}: the file is empty`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return fault(`${key}: cannot read the file (${code}; paths are relative to ${resolve(directory)})`);
    }
  };
  const address = (file: string): string => {
    const url = secret("secret_file", file);
    if (url === "" || isSafeUrl(url)) return url;
    return fault("secret_file: expected in the file the robot's whole https:// address (http:// on this machine only)");
  };
  const settings = settingsOf(entry, secret, address);
  return faulty ? null : settings;
}

function settingsOf(
  entry: ChannelEntry,
  secret: (key: string, file: string) => string,
  address: (file: string) => string,
): ChannelSettings {
  switch (entry.type) {
    case "wecom":
      return { type: entry.type, url: address(entry.secret_file) };
    case "dingtalk":
    case "feishu": {
      const file = entry.signing_secret_file;
      const signingSecret = file === undefined ? null : secret("signing_secret_file", file);
      return { type: entry.type, url: address(entry.secret_file), signingSecret };
    }
    case "email": {
      const { type, host, tls, user = null, secret_file, from } = entry;
      const password = secret_file === undefined ? null : secret("secret_file", secret_file);
      return { type, host, port: entry.port ?? PORTS[tls], tls, user, password, from };
    }
    case "webhook":
      return { type: entry.type, url: entry.url, signingSecret: secret("secret_file", entry.secret_file) };
  }
}
