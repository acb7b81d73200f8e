import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { readHashKey } from "../../src/store/hashKey.ts";
import { parseMasterKeys } from "../../src/vault.ts";
import { assertSentence, type Commands, commands, countyEnvironment, documentOf } from "../support/cli.ts";
import { startCounty } from "../support/county.ts";
import { databaseText } from "../support/dump.ts";

interface Rotation {
  resealed: number;
  total: number;
  key: string;
}

interface Visits {
  visits: { outcome: string; account: string }[];
}

test("after a rotation the old key can go, and nothing was ever stored in clear", async (t) => {
  const county = await startCounty(t, { accounts: 3 });
  const env = await countyEnvironment(county);
  const visitAgain = async (run: Commands) => {
    // Without coverage and token a visit needs the secret.
    await county.db.deleteFrom("coverage").execute();
    return await run(["collect", "--account", county.codes[0] ?? "", "--json"]);
  };
  const newKey = randomBytes(32).toString("base64");
  const withKey = (key: string) => commands(t, { ...env, MASTER_KEY: key });
  await county.collect();
  const tokens = await county.db.selectFrom("token").select("token").where("token", "is not", null).execute();
  assert.equal(tokens.length, 3);
  const hashKey = await readHashKey(county.db, county.vault);

  const both = withKey(`2026:${newKey},2025:${county.masterKey}`);
  const rotation = documentOf<Rotation>(await both(["key", "rotate", "--json"]));
  assert.deepEqual([rotation.resealed, rotation.total], [7, 7]);
  const again = documentOf<Rotation>(await both(["key", "rotate", "--json"]));
  assert.deepEqual([again.resealed, again.total, again.key], [0, 7, rotation.key]);

  assert.deepEqual(await readHashKey(county.db, parseMasterKeys(newKey)), hashKey, "the same person keeps its hash");

  const onlyNew = await visitAgain(withKey(newKey));
  assert.equal(onlyNew.code, 0, onlyNew.stderr);
  assert.equal(documentOf<Visits>(onlyNew).visits[0]?.outcome, "succeeded");

  const failures = async () =>
    (await county.db.selectFrom("visit").select(["failures", "error_code"]).execute()).flat();
  const before = await failures();
  assertSentence(await withKey(county.masterKey)(["key", "rotate"]), /MASTER_KEY/);
  assertSentence(await visitAgain(withKey(county.masterKey)), /MASTER_KEY is not the one/);
  assert.deepEqual(await failures(), before, "a wrong key is no fault of the accounts");

  const stored = await databaseText(county.url);
  for (const account of await county.truth()) assert.ok(!stored.includes(account.secret), account.code);
  const { vault } = county;
  assert.ok(!stored.includes(vault[0].key.toString("base64")));
  assert.ok(!stored.includes(newKey));
  assert.ok(!stored.includes(hashKey.toString("base64")) && !stored.includes(hashKey.toString("hex")));
});
