import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setContact } from "../alerts/notifying.ts";
import { commands, countyEnvironment, documentOf, isolated, ROOT } from "../support/cli.ts";
import { startCounty } from "../support/county.ts";
import { type Diagnosis, doctor } from "../support/doctor.ts";
import { startProcess } from "../support/process.ts";
import { writeRoutes } from "../support/stackRoutes.ts";

const MOBILE = "13912345678";

async function start(t: TestContext) {
  const county = await startCounty(t, { accounts: 4 });
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-contacts-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const [account] = await county.db.selectFrom("account").selectAll().where("code", "=", "archives").execute();
  const ROUTES_FILE = writeRoutes(directory, {
    channels: {
      county: { type: "wecom", url: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=canary" },
      office: { type: "dingtalk", url: "https://oapi.dingtalk.com/robot/send?access_token=canary" },
    },
    duty: [{ channel: "county" }],
    departments: { [account?.department_code ?? ""]: [{ name: "张三", via: [{ channel: "county" }] }] },
  });
  const env = { ...(await countyEnvironment(county)), ROUTES_FILE };
  return { county, directory, env, run: commands(t, env) };
}

const contactsOf = ({ accounts }: Diagnosis) =>
  Object.fromEntries(
    accounts.map(({ account, findings }) => [account, findings.filter(({ check }) => check === "contact")]),
  );

test("each contact that cannot be reached is a fault that the county mends, and its target stays untold", async (t) => {
  const { county, env, run } = await start(t);
  await setContact(county.db, "archives", { channel: "sms", target: MOBILE });
  await setContact(county.db, "sports", { channel: "office", target: "zhangsan" });
  await setContact(county.db, "yunxi-fabu", { channel: "office", target: MOBILE });

  const done = await run(["doctor", "--json"]);
  const { accounts, system } = documentOf<Diagnosis>(done);
  const found = contactsOf({ accounts, system });
  const brief = (account: string) => found[account]?.map(({ state, code, turn }) => `${state} ${code} ${turn}`);
  assert.deepEqual(brief("archives"), ["fault contact_channel county"]);
  assert.deepEqual(brief("sports"), ["fault contact_target county"]);
  assert.deepEqual([brief("yunxi-fabu"), brief("town-liushu")], [[], []]);
  assert.equal(found.archives?.[0]?.remedy, "登记表 contact_channel：请改为 ROUTES_FILE 中的渠道名");
  assert.equal(found.sports?.[0]?.remedy, "登记表 contact_target：请改为手机号（11 位）");
  assert.deepEqual(
    system.filter(({ check }) => check === "routes").map(({ state }) => state),
    ["ok"],
  );
  assert.equal(done.code, 1);
  assert.doesNotMatch(done.stdout + done.stderr, new RegExp(`${MOBILE}|zhangsan|canary`));

  const human = await run(["doctor"]);
  assert.match(human.stdout, /\(archives\) .* 故障 +县里 +登记表 contact_channel .*请改为 ROUTES_FILE 中的渠道名/);
  assert.match(human.stdout, /本系统 +正常 +告警通知的渠道文件正常/);

  await setContact(county.db, "archives", { channel: "county", target: null });
  assert.deepEqual(contactsOf(await doctor(county, env)("archives")), {
    archives: [],
  });
  const unset = await doctor(county, { ...env, ROUTES_FILE: undefined })();
  assert.deepEqual(Object.values(contactsOf(unset)).flat(), []);
  assert.equal(unset.code, 0);
});

test("a faulty routes file is one finding of the installation", async (t) => {
  const { county, directory, env } = await start(t);
  await setContact(county.db, "archives", { channel: "sms", target: MOBILE });
  rmSync(join(directory, "county.secret"));
  const diagnosis = await doctor(county, env)();
  const faults = diagnosis.system.filter(({ check }) => check === "routes");
  assert.deepEqual(
    faults.map(({ state, turn }) => `${state} ${turn}`),
    ["fault system"],
  );
  assert.match(faults[0]?.detail ?? "", /^ROUTES_FILE 有误，notifier 无法启动：.*channels\.county\./);
  assert.doesNotMatch(faults[0]?.detail ?? "", /\n/);
  assert.deepEqual(Object.values(contactsOf(diagnosis)).flat(), []);
  assert.ok(diagnosis.accounts.every(({ findings }) => findings.length > 1));
  assert.equal(diagnosis.code, 1);
});

test("the notifier warns of them at its start", async (t) => {
  const { county, env } = await start(t);
  for (const code of ["archives", "sports"]) await setContact(county.db, code, { channel: "sms", target: MOBILE });
  await setContact(county.db, "yunxi-fabu", { channel: "office", target: "zhangsan" });
  await county.db.updateTable("account").set({ lifecycle: "closed" }).where("code", "=", "sports").execute();
  const running = startProcess(t, process.execPath, [join(ROOT, "workers/notifier.ts")], { env: isolated(env) });
  await running.output(/cannot be reached: contact_target \(dingtalk\)/);
  await running.output(/"notifier runs"/);
  assert.deepEqual(await running.kill("SIGTERM"), { code: 0, signal: null }, running.stderr());
  const warnings = running
    .stderr()
    .split("\n")
    .filter((line) => line.includes("cannot be reached"))
    .map((line) => JSON.parse(line) as { level: number; accounts: string[]; count: number });
  assert.deepEqual(
    warnings
      .map(({ level, accounts, count }) => ({ level, accounts, count }))
      .toSorted((left, right) => left.accounts.join().localeCompare(right.accounts.join())),
    [
      { level: 40, accounts: ["archives"], count: 1 },
      { level: 40, accounts: ["yunxi-fabu"], count: 1 },
    ],
  );
  assert.doesNotMatch(running.stderr(), new RegExp(`${MOBILE}|zhangsan|canary`));
});
