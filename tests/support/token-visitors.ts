import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { openPlatforms } from "../../src/platforms/index.ts";
import { readSecret } from "../../src/store/account.ts";
import { openDatabase } from "../../src/store/database.ts";
import { tokenStore } from "../../src/store/token.ts";
import { parseMasterKeys } from "../../src/vault.ts";

// Many visits of one account at once, for tests that start several of these. Its argument as JSON; stdout says how many
// answers came.

const { databaseUrl, masterKey, wechatApiUrl, account, day, visitors, startAt } = JSON.parse(process.argv[2] ?? "") as {
  databaseUrl: string;
  masterKey: string;
  wechatApiUrl: string;
  account: { id: number; code: string; appId: string };
  day: string;
  visitors: number;
  startAt: number;
};
const log = pino({ name: randomBytes(2).toString("hex"), level: "silent" });
const db = openDatabase(databaseUrl, { max: 20 });
const vault = parseMasterKeys(masterKey);
const platform = openPlatforms({
  wechatApiUrl,
  wechatPageUrl: wechatApiUrl,
  proxyEnv: {},
  observe: () => undefined,
  log,
}).wechat;
const now = () => new Date();

async function visit(): Promise<number> {
  const session = platform?.open(account, {
    tokens: tokenStore(db, vault, account.appId, now),
    secret: () => readSecret(db, vault, account.id),
    signal: new AbortController().signal,
    now,
    keepRaw: () => undefined,
    bookRepeat: async () => undefined,
  });
  const answer = await session?.statistics.summary(day, day);
  return answer ? 1 : 0;
}

await sleep(Math.max(0, startAt - Date.now()));
const answers = await Promise.all(Array.from({ length: visitors }, visit));
console.log(JSON.stringify({ answers: answers.reduce((sum, answer) => sum + answer, 0) }));
await db.destroy();
