import packaged from "@sparticuz/chromium";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { ADDRESS, NOW } from "./place";

// Not the package's own list: that one is for a cloud's functions, and switches off what these tests hold
// (same-origin, site isolation). The sandbox needs privileges that a container does not have.
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];

/** A page, and what must stay empty while it is used. */
export interface WatchedPage {
    readonly page: Page;
    /** Addresses of other hosts that were asked. */
    readonly elsewhere: string[];
    /** Errors of the console, uncaught ones, and what the Content-Security-Policy refused. */
    readonly complaints: string[];
}

/** A browser for the tests of one file; the returned function opens a page of a context of its own, at NOW. */
export function withBrowser(): (options?: BrowserContextOptions) => Promise<WatchedPage> {
    let browser: Browser;
    beforeAll(async () => {
        browser = await chromium.launch({ executablePath: await packaged.executablePath(), args: ARGUMENTS });
    });
    afterAll(() => browser.close());
    return async (options = {}) => {
        // A zone that is no account's: times on the page must not be the browser's.
        const context = await browser.newContext({ locale: "en", timezoneId: "Pacific/Auckland", ...options });
        const page = await context.newPage();
        await page.clock.setFixedTime(NOW);
        return watched(page);
    };
}

function watched(page: Page): WatchedPage {
    const elsewhere: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => {
        const url = new URL(request.url());
        if (url.protocol !== "data:" && url.origin !== new URL(ADDRESS).origin) elsewhere.push(request.url());
    });
    page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    return { page, elsewhere, complaints };
}
