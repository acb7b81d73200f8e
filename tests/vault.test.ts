import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { isCurrent, parseMasterKeys, seal, unseal } from "../src/vault.ts";

const place = { table: "credential", row: "7", field: "app_secret" };
const newKey = () => randomBytes(32).toString("base64");

test("a sealed value opens at its own place only", () => {
  const vault = parseMasterKeys(newKey());
  const sealed = seal(vault, place, "密钥 secret");
  assert.ok(!sealed.includes("secret"));
  assert.equal(unseal(vault, place, sealed), "密钥 secret");
  for (const other of [
    { ...place, row: "8" },
    { ...place, table: "token" },
    { ...place, field: "other" },
  ]) {
    assert.throws(() => unseal(vault, other, sealed), /belongs to another place/);
  }
});

test("a changed value is refused", () => {
  const vault = parseMasterKeys(newKey());
  const sealed = seal(vault, place, "secret");
  const parts = sealed.split(".");
  const body = Buffer.from(parts[3] ?? "", "base64url");
  body[0] = (body[0] ?? 0) ^ 1;
  assert.throws(
    () => unseal(vault, place, [...parts.slice(0, 3), body.toString("base64url")].join(".")),
    /was changed/,
  );
  assert.throws(() => unseal(vault, place, "plain"), /not a sealed value/);
});

test("the same text is sealed differently each time", () => {
  const vault = parseMasterKeys(newKey());
  assert.notEqual(seal(vault, place, "secret"), seal(vault, place, "secret"));
});

test("after rotation the newest key seals and the older one still opens, whatever the labels", () => {
  const old = newKey();
  const fresh = newKey();
  const sealed = seal(parseMasterKeys(old), place, "secret");
  const rotating = parseMasterKeys(`2027:${fresh},2026:${old}`);
  assert.equal(unseal(rotating, place, sealed), "secret");
  assert.ok(!isCurrent(rotating, sealed));
  const resealed = seal(rotating, place, "secret");
  assert.ok(isCurrent(rotating, resealed));
  assert.equal(unseal(parseMasterKeys(fresh), place, resealed), "secret");
  assert.throws(
    () => unseal(parseMasterKeys(fresh), place, sealed),
    /sealed with master key [0-9a-f]{8}, which MASTER_KEY does not hold/,
  );
});

test("a key of the wrong length is refused without being quoted", () => {
  const short = randomBytes(16).toString("base64");
  assert.throws(
    () => parseMasterKeys(short),
    (error: Error) => /expected 32 bytes in base64/.test(error.message) && !error.message.includes(short),
  );
});
