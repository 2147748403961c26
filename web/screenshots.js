/** Takes docs/*.png of the pages of a running demo, and says how soon the first rows were painted. Argument: its address. */
import { fileURLToPath } from "node:url";
import packaged from "@sparticuz/chromium";
import { chromium } from "playwright-core";

const [address] = process.argv.slice(2);
const DOCS = new URL("../docs/", import.meta.url);

const settings = await (await fetch(new URL("page-settings.json", address))).json();
const caller = settings.demoCallers.find(({ name }) => name === "northwind, regular user");
if (!caller) throw new Error(`${address} is no demo: it offers no caller of northwind.`);

const browser = await chromium.launch({ executablePath: await packaged.executablePath(), args: ["--no-sandbox"] });
try {
    const page = await browser.newPage({ locale: "en", viewport: { width: 1280, height: 800 } });
    // A view with several statuses, as a reader has who asks what became of their invoices.
    await page.goto(`${address}?search=invoice#token=${caller.token}`);
    await page.getByRole("table").getByRole("row").nth(10).waitFor();
    const painted = await page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => resolve(Math.round(performance.now())))),
    );
    await page.screenshot({ path: fileURLToPath(new URL("activity.png", DOCS)) });
    console.log(`docs/activity.png; the first rows were painted after ${painted} ms`);
} finally {
    await browser.close();
}
