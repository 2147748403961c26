/**
 * Measures the Activity page of a running demo in the browser of the tests, and prints a Markdown table. Argument: its address.
 *
 * Each round is a new visitor, with nothing in a cache.
 */
import packaged from "@sparticuz/chromium";
import { chromium } from "playwright-core";
import { demoToken } from "./demo.js";

const [address] = process.argv.slice(2);
const ROUNDS = 15;

/** In the page, before anything else: what the browser says of moved content. */
function watchShifts() {
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const { value } of list.getEntries()) window.shifted += value;
    }).observe({ type: "layout-shift", buffered: true });
}

/** In the page: how long each frame takes while all rows are loaded by scrolling to the end again and again. */
function scrollThrough() {
    return new Promise((resolve) => {
        const frames = [];
        let before = performance.now();
        let lastHeight = 0;
        let still = 0;
        const step = (now) => {
            frames.push(now - before);
            before = now;
            const height = document.documentElement.scrollHeight;
            still = height === lastHeight ? still + 1 : 0;
            lastHeight = height;
            scrollTo(0, height);
            if (still > 120) resolve(frames.slice(0, -120));
            else requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
    });
}

const round = (milliseconds) => Math.round(milliseconds);
const sorted = (values) => values.toSorted((one, other) => one - other);
const quantile = (values, part) => round(sorted(values)[Math.floor((values.length - 1) * part)]);

const token = await demoToken(address, "northwind, regular user");
const browser = await chromium.launch({ executablePath: await packaged.executablePath(), args: ["--no-sandbox"] });
try {
    const painted = [];
    let shifted = 0;
    let script = 0;
    for (let visit = 0; visit < ROUNDS; visit++) {
        const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
        const page = await context.newPage();
        const sizes = [];
        page.on("requestfinished", (request) => {
            if (request.resourceType() === "script") sizes.push(request.sizes());
        });
        await page.addInitScript(watchShifts);
        await page.goto(`${address}#token=${token}`);
        await page.getByRole("table").getByRole("row").nth(10).waitFor();
        painted.push(
            await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done(performance.now())))),
        );
        await page.waitForLoadState("networkidle");
        shifted = Math.max(shifted, await page.evaluate(() => window.shifted));
        script = (await Promise.all(sizes)).reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
        await context.close();
    }
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(`${address}?period=30d#token=${token}`);
    await page.getByRole("table").getByRole("row").nth(10).waitFor();
    const frames = await page.evaluate(scrollThrough);
    const rows = Number(await page.getByRole("table").getAttribute("aria-rowcount")) - 1;
    console.log(`| of the Activity page | figure |
|---|---|
| first rows painted, median of ${ROUNDS} visits | ${quantile(painted, 0.5)} ms |
| longest of them | ${quantile(painted, 1)} ms |
| layout shift (CLS), the largest | ${shifted} |
| script, compressed | ${round(script / 1000)} KB |
| a frame while ${rows.toLocaleString("en")} rows are loaded, median | ${quantile(frames, 0.5)} ms |
| 95 % of these within | ${quantile(frames, 0.95)} ms |`);
} finally {
    await browser.close();
}
