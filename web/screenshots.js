/** Takes docs/*.png of the pages of a running demo. Argument: its address. */
import { fileURLToPath } from "node:url";
import packaged from "@sparticuz/chromium";
import { chromium } from "playwright-core";
import { demoToken } from "./demo.js";

const [address] = process.argv.slice(2);
const DOCS = new URL("../docs/", import.meta.url);

const token = await demoToken(address, "northwind, regular user");
const browser = await chromium.launch({ executablePath: await packaged.executablePath(), args: ["--no-sandbox"] });
try {
    const page = await browser.newPage({ locale: "en", viewport: { width: 1280, height: 1000 } });
    const take = async (name) => {
        await page.screenshot({ path: fileURLToPath(new URL(name, DOCS)) });
        console.log(`docs/${name}`);
    };

    // As a reader has it who asks which invoices did not arrive, and why.
    const failed = ["REJECTED", "DEFERRED", "SOFT_BOUNCE", "HARD_BOUNCE"].map((status) => `status=${status}`);
    await page.goto(`${address}?search=invoice&${failed.join("&")}#token=${token}`);
    await page.getByRole("table").getByRole("row").nth(10).waitFor();
    await page.getByText("Loading…").filter({ visible: true }).waitFor({ state: "detached" });
    await take("activity.png");

    await page.goto(`${address}graphiql#token=${token}`);
    await page.getByRole("button", { name: "What bounced today?" }).click();
    await page.getByRole("button", { name: /Execute query/ }).click();
    await page.locator(".result-window").getByText("smtpActivities").first().waitFor();
    await take("graphiql.png");
} finally {
    await browser.close();
}
