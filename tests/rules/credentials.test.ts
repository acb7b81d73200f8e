import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULTS } from "../../src/platforms/wechat/faults.ts";
import { TOKEN_FAULTS } from "../../src/platforms/wechat/token-faults.ts";
import { CREDENTIAL_CODES } from "../../src/rules/credentials.ts";

/** Faults of the whole account that pass by themselves. */
const PASSING = ["40014", "42001", "token_rejected", "token_wait"];

test("every fault of a whole account is one of its credentials, but for tokens that are renewed", () => {
  const faults = [...Object.entries(FAULTS), ...Object.entries(TOKEN_FAULTS)];
  const codes = new Set(faults.filter(([, { scope }]) => scope === "account").map(([code]) => code));
  assert.deepEqual([...CREDENTIAL_CODES, ...PASSING].sort(), [...codes].sort());
});

test("every fault of an account that nobody but a person can mend is one of its credentials", () => {
  for (const [code, { scope, retry }] of [...Object.entries(FAULTS), ...Object.entries(TOKEN_FAULTS)]) {
    if (scope === "account" && retry === "never") assert.ok(CREDENTIAL_CODES.includes(code), code);
  }
});
