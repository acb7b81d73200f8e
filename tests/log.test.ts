import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { redact } from "../src/log.ts";

test("tokens and secrets are blanked in URLs, JSON and connection strings", () => {
  const samples = [
    "https://api.example/datacube/x?access_token=CANARY&b=1",
    "https://api.example/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=CANARY",
    '{"appid":"wx1","secret":"CANARY"}',
    '{\\"access_token\\":\\"CANARY\\",\\"expires_in\\":7200}',
    "postgres://govmatrix:CANARY@db.example:5432/x",
    "redis://:CANARY@cache.example:6379",
  ];
  for (const sample of samples) {
    const text = redact(sample);
    assert.ok(!text.includes("CANARY"), text);
    assert.ok(text.includes("[redacted]"), text);
  }
  assert.equal(redact("https://api.example/x?begin_date=2026-11-20"), "https://api.example/x?begin_date=2026-11-20");
});

test("what is logged passes through it, nested errors included", () => {
  const code = `import { createLog } from "./src/log.ts";
    const log = createLog("trace", "test");
    log.info({ url: "http://x/?access_token=CANARY" }, "asked http://x/?secret=CANARY");
    log.error({ err: new Error("failed: http://x/?access_token=CANARY", { cause: new Error("postgres://u:CANARY@h/d") }) });`;
  const args = ["-c", `"${process.execPath}" --input-type=module-typescript -e '${code}' 2>&1`];
  const output = execFileSync("bash", args).toString();
  assert.equal(output.trim().split("\n").length, 2);
  assert.ok(!output.includes("CANARY"), output);
});
