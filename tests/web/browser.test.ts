import assert from "node:assert/strict";
import { after, test } from "node:test";
import axe, { type AxeResults } from "axe-core";
import { pino } from "pino";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { createTelemetry } from "../../src/metrics/process.ts";
import { openDatabase } from "../../src/store/database.ts";
import { readStatus } from "../../src/store/statusPage.ts";
import { statusPage } from "../../src/web/page.ts";
import { startWeb } from "../../src/web/server.ts";
import { openTestDatabase } from "../metrics/county.ts";
import { openBrowser } from "../support/browser.ts";
import { insertHostileCounty } from "./hostileCounty.ts";

const DEPARTMENT = "d1";
const PHONE = { width: 360, height: 780 };
const DESK = { width: 1_280, height: 800 };
const ALERTING = { webhook: true, routes: true };

const { db: county } = await openTestDatabase();
await insertHostileCounty(county);
const { db: empty } = await openTestDatabase();
const away = openDatabase("postgres://nobody@127.0.0.1:1/none");
const browser: Browser = await openBrowser();
after(async () => {
  await browser.close();
  await away.destroy();
});

async function serve(db: typeof county): Promise<string> {
  const web = await startWeb({
    listen: "127.0.0.1:0",
    telemetry: createTelemetry({ version: "1" }),
    ready: async () => [],
    page: async (department) => statusPage(await readStatus(db), new Date(), ALERTING, department),
    log: pino({ level: "silent" }),
  });
  after(web.close);
  return web.url;
}

const url = await serve(county);
const PAGES = {
  full: url,
  department: `${url}/?department=${DEPARTMENT}`,
  unknown: `${url}/?department=none`,
  empty: await serve(empty),
  away: await serve(away),
};

/** How far to the right anything reaches. On a phone the tables' heads are there for screen readers only. */
const WIDTHS = `({
  document: document.documentElement.scrollWidth,
  widest: Math.max(...[...document.querySelectorAll("body *")]
    .filter((element) => !element.closest("thead"))
    .map((element) => element.getBoundingClientRect().right)),
})`;

const styleOf = (selector: string, property: string) =>
  `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${property}`;

/** Runs with a window of its own, and what the window asked for or complained of. */
async function inWindow(
  options: BrowserContextOptions,
  use: (page: Page, seen: { requests: string[]; complaints: string[] }) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const seen = { requests: [] as string[], complaints: [] as string[] };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("console", (message) => seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(error.message));
  page.on("dialog", (dialog) => seen.complaints.push(dialog.message()));
  try {
    await use(page, seen);
  } finally {
    await context.close();
  }
}

async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: axe.source });
  const { violations: found, passes } = await page.evaluate<AxeResults>("axe.run()");
  assert.ok(passes.some(({ id }) => id === "color-contrast"));
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}

test("axe-core finds no violation on any page, wide, narrow or dark", async () => {
  const looks: BrowserContextOptions[] = [
    { viewport: DESK },
    { viewport: PHONE },
    { viewport: DESK, colorScheme: "dark" },
  ];
  for (const [index, look] of looks.entries()) {
    // The page's own policy would refuse axe's script.
    await inWindow({ ...look, bypassCSP: true }, async (page) => {
      for (const [name, address] of Object.entries(PAGES)) {
        if (index > 0 && name !== "full") continue;
        await page.goto(address);
        assert.deepEqual(await violations(page), [], `${name} ${JSON.stringify(look)}`);
      }
    });
  }
});

test("nothing is wider than the window, from the narrowest phone to a desk", async () => {
  await inWindow({ viewport: DESK }, async (page) => {
    for (const [name, address] of Object.entries(PAGES)) {
      await page.goto(address);
      for (const width of [320, 360, 1_000, 1_220, 1_280]) {
        await page.setViewportSize({ width, height: 800 });
        const widths = await page.evaluate<{ document: number; widest: number }>(WIDTHS);
        assert.ok(widths.document <= width && widths.widest <= width, `${name} at ${width}: ${JSON.stringify(widths)}`);
      }
    }
  });
});

test("without JavaScript the page is whole, wears its style, filters, and asks for nothing but itself", async () => {
  await inWindow({ viewport: DESK, javaScriptEnabled: false }, async (page, { requests, complaints }) => {
    await page.goto(url);
    const text = await page.locator("body").innerText();
    for (const part of [
      "概况",
      "更新与回复",
      "超时未回复",
      "采集故障",
      "云溪发布",
      "<script>document.title",
      "已超期",
    ]) {
      assert.ok(text.includes(part), part);
    }
    assert.equal(await page.locator("tbody tr").first().locator("svg").count(), 1);
    assert.equal(await page.locator("script, img, link, h1 h1").count(), 0);
    assert.equal(await page.evaluate(styleOf("thead th", "backgroundColor")), "rgb(246, 248, 250)");

    await page.getByLabel("单位").selectOption(DEPARTMENT);
    await page.getByRole("button", { name: "筛选" }).click();
    assert.equal(new URL(page.url()).searchParams.get("department"), DEPARTMENT);
    assert.match(await page.locator("h1").innerText(), /云溪县人力资源和社会保障局/);
    assert.equal(await page.getByText("云溪发布", { exact: true }).count(), 0);
    assert.equal((await page.getByText("云溪人社", { exact: true }).count()) > 0, true);
    assert.equal(await page.title(), "云溪县人力资源和社会保障局 · 政务微信矩阵");
    assert.deepEqual(requests, [`${url}/`, page.url()]);
    assert.deepEqual(complaints, []);
  });
});

test("names that look like markup run nothing where scripts may run", async () => {
  await inWindow({ viewport: DESK }, async (page, { requests, complaints }) => {
    await page.goto(url);
    assert.equal(await page.title(), "政务微信矩阵");
    assert.equal(requests.length, 1);
    assert.deepEqual(complaints, []);
  });
});

test("keys alone reach the filter, and what has the focus shows it", async () => {
  await inWindow({ viewport: PHONE }, async (page) => {
    await page.goto(url);
    const visited: unknown[] = [];
    for (let press = 0; press < 4; press += 1) {
      await page.keyboard.press("Tab");
      visited.push(await page.evaluate(`[document.activeElement.tagName, ${styleOf(":focus", "outlineStyle")}]`));
    }
    assert.deepEqual(visited, [
      ["SELECT", "solid"],
      ["BUTTON", "solid"],
      ["A", "solid"],
      ["A", "solid"],
    ]);
  });
});

test("on A4 every page repeats the table's head, no row is cut, and the filter stays off the paper", async () => {
  await inWindow({ viewport: DESK }, async (page) => {
    await page.goto(url);
    const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true });
    const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    assert.ok(pages >= 1 && pages <= 5, `${pages} pages`);
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: 703, height: 1_032 });
    const paper = {
      head: await page.evaluate(styleOf("thead", "display")),
      row: await page.evaluate(styleOf("tbody tr", "breakInside")),
      form: await page.evaluate(styleOf("form", "display")),
      width: await page.evaluate("document.documentElement.scrollWidth"),
    };
    assert.deepEqual(paper, { head: "table-header-group", row: "avoid", form: "none", width: 703 });
  });
});
