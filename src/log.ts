import { type Logger, pino } from "pino";

/** Query parameters and JSON fields that carry secrets on the platform's wire. */
const SECRET_FIELDS =
  "access_token|component_access_token|secret|appsecret|component_appsecret|refresh_token|app_secret|password";
const IN_QUERY = new RegExp(`([?&](?:${SECRET_FIELDS})=)[^&\\s"'#]+`, "gi");
const IN_JSON = new RegExp(`((?:\\\\?")(?:${SECRET_FIELDS})(?:\\\\?")\\s*:\\s*(?:\\\\?"))[^"\\\\]*`, "gi");
const IN_USERINFO = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*:)[^\s@"]+(@)/gi;

/** Blanks secrets in URLs (query and user info) and in JSON text. */
export function redact(text: string): string {
  return text.replace(IN_QUERY, "$1[redacted]").replace(IN_JSON, "$1[redacted]").replace(IN_USERINFO, "$1[redacted]$2");
}

/** JSON lines on stderr: stdout belongs to the answers of commands. Each line passes `redact` as the last step. */
export function createLog(level: string, name: string): Logger {
  return pino(
    {
      name,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      base: { name },
      hooks: { streamWrite: redact },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
