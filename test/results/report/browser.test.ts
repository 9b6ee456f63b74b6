// The report in real headless Chromium: as wide as a phone, dark, by keyboard, and checked by axe.
// Debian's package `chromium` has the browser; without it these tests are skipped.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { drawReport } from "../../../coordinator/results/report/draw-report.js";
import { paperLikeSimilarity, paperLikeSummary } from "./paper-like.js";

const executablePath = "/usr/bin/chromium";
const skip = existsSync(executablePath) ? false : `there is no ${executablePath} (apt-get install chromium)`;
const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

describe("report.html in Chromium", { skip }, () => {
  let browser: Browser;
  let folder: string;
  let address: string;
  const said: string[] = [];
  const asked: string[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "painters-report-"));
    const summary = paperLikeSummary("paper", 16, ["0..4, loop(3, mean(4..12)), 12..16"]);
    const file = join(folder, "report.html");
    await writeFile(file, await drawReport(summary, paperLikeSimilarity(summary)));
    address = pathToFileURL(file).href;
    browser = await chromium.launch({ executablePath, args });
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(width: number, colorScheme: "light" | "dark" = "light"): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(address);
    return page;
  }

  test("opens without a word on the console, asking for nothing but itself", async () => {
    const page = await open(1200);
    assert.equal(await page.title(), "Layer schedules of Llama-2-7b-hf");
    assert.deepEqual(said, []);
    assert.deepEqual([...new Set(asked)], [address]);
    await page.close();
  });

  test("fits windows from a phone's to a desktop's, with every table open too", async () => {
    const page = await open(1200);
    for (const isOpen of [false, true]) {
      await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = ${isOpen}`);
      for (const width of [320, 360, 768, 960, 1200]) {
        await page.setViewportSize({ width, height: 800 });
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        assert.equal(overflow, 0, `${width} px, tables ${isOpen ? "open" : "closed"}`);
      }
    }
    await page.close();
  });

  test("shows every figure once, with a name that says what it shows", async () => {
    for (const width of [360, 1200]) {
      const page = await open(width);
      const names = (await page.evaluate(`[...document.querySelectorAll("figure")].map((figure) =>
        [...figure.querySelectorAll("svg[role=img]")].filter((svg) => svg.getBoundingClientRect().width > 0)
          .map((svg) => svg.getAttribute("aria-label")))`)) as readonly (readonly string[])[];
      assert.ok(names.length > 20);
      for (const own of names) {
        assert.equal(own.length, 1, `${width} px: ${own}`);
        assert.ok(own[0]!.length > 15, own[0]);
      }
      await page.close();
    }
  });

  test("keeps text in figures readable on a phone", async () => {
    const page = await open(360);
    const smallest = (await page.evaluate(`Math.min(...[...document.querySelectorAll("figure svg text")]
      .map((text) => text.getBoundingClientRect().height).filter((height) => height > 0))`)) as number;
    assert.ok(smallest >= 11, `${smallest} px high`);
    await page.close();
  });

  test("gives the keyboard the skip link, the sections, and the tables, each with a visible focus", async () => {
    const page = await open(1200);
    const focused = () =>
      page.evaluate(`(() => { const one = document.activeElement; const style = getComputedStyle(one);
        return [one.tagName, one.textContent.slice(0, 40), style.outlineStyle, one.getBoundingClientRect().left]; })()`) as Promise<
        [string, string, string, number]
      >;
    await page.keyboard.press("Tab");
    const [tag, text, , left] = await focused();
    assert.deepEqual([tag, text], ["A", "Skip to the findings"]);
    assert.ok(left >= 0, "the skip link comes into view");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate("document.activeElement.id"), "main");
    for (let presses = 0; (await focused())[0] !== "SUMMARY"; presses++) {
      assert.ok(presses < 20, "the first table is far");
      await page.keyboard.press("Tab");
      assert.equal((await focused())[2], "solid", String(await focused()));
    }
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate("document.activeElement.parentElement.open"), true);
    assert.ok(await page.isVisible("details[open] table"));
    await page.close();
  });

  test("follows the reader's choice of dark, in figures too", async () => {
    const colors = async (scheme: "light" | "dark"): Promise<readonly string[]> => {
      const page = await open(1200, scheme);
      const found = await page.evaluate(`[getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector("#figure-skip svg path[stroke='var(--ink)']")).stroke]`);
      await page.close();
      return found as readonly string[];
    };
    assert.deepEqual(await colors("light"), ["rgb(255, 255, 255)", "rgb(29, 33, 37)"]);
    assert.deepEqual(await colors("dark"), ["rgb(21, 24, 28)", "rgb(236, 238, 240)"]);
  });

  test("prints on paper: light, without links, in no more pages than it needs", async () => {
    const page = await open(1200, "dark");
    const pdf = await page.pdf({ format: "A4" });
    const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
    assert.ok(pages >= 4 && pages <= 12, `${pages} pages`);
    await page.emulateMedia({ media: "print" });
    assert.equal(
      await page.evaluate("getComputedStyle(document.body).backgroundColor"),
      "rgb(255, 255, 255)",
    );
    assert.ok(!(await page.isVisible("nav")) && !(await page.isVisible("details")));
    assert.ok(await page.isVisible(".print-only"));
    await page.close();
  });

  test("has no violations that axe calls serious, light and dark, tables open", async () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    for (const [width, scheme] of [
      [1200, "light"],
      [360, "dark"],
    ] as const) {
      const page = await open(width, scheme);
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
      await page.evaluate(axe);
      const { violations } = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as AxeResults;
      const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      const told = grave.map(
        ({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary}`,
      );
      assert.deepEqual(told, []);
      assert.deepEqual(
        violations.map(({ id }) => id),
        [],
      );
      await page.close();
    }
  });
});
