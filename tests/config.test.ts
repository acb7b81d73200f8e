import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../src/config.ts";

test("pages of WeChat's own host are never read faster than every five seconds, however its address is written", () => {
  const addresses = [
    undefined,
    "https://mp.weixin.qq.com/",
    "http://mp.weixin.qq.com",
    "https://MP.weixin.qq.com:443",
    "https://mp.weixin.qq.com:8443/proxy",
  ];
  for (const address of addresses) {
    const environment = { WECHAT_PAGE_URL: address, PAGE_INTERVAL_SECONDS: "4.9" };
    assert.throws(() => loadConfig(environment), /PAGE_INTERVAL_SECONDS: expected 5 or more/, address);
    assert.equal(loadConfig({ ...environment, PAGE_INTERVAL_SECONDS: "5" }).pageIntervalSeconds, 5);
  }
  const stand = loadConfig({ WECHAT_PAGE_URL: "http://127.0.0.1:8080", PAGE_INTERVAL_SECONDS: "0" });
  assert.equal(stand.pageIntervalSeconds, 0);
});

test("an interval that is no number of seconds is refused together with every other fault", () => {
  for (const interval of ["fast", "-1", "NaN", "3601"]) {
    const environment = { WECHAT_PAGE_URL: "no url", PAGE_INTERVAL_SECONDS: interval };
    assert.throws(() => loadConfig(environment), /WECHAT_PAGE_URL: .*\n.*PAGE_INTERVAL_SECONDS: /);
  }
});

test("the demo's database says by its name that it holds no real accounts", () => {
  const own = "postgres://demo@127.0.0.1/govmatrix_demo";
  assert.equal(loadConfig({ DEMO_DATABASE_URL: own }).demoDatabaseUrl, own);
  for (const url of ["postgres://demo@127.0.0.1/govmatrix", "postgres://demo@127.0.0.1/", "http://127.0.0.1/x_demo"]) {
    assert.throws(() => loadConfig({ DEMO_DATABASE_URL: url }), /DEMO_DATABASE_URL: expected/, url);
  }
});
