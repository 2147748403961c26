import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { violations } from "./axe";
import { withBrowser } from "./chromium";
import { ADDRESS, tokenOf } from "./place";

const open = withBrowser();

const HEADINGS = { en: "Activity", fr: "Activité" } as const;
const GROUNDS = { light: "rgb(255, 255, 255)", dark: "rgb(22, 24, 29)" } as const;

const rows = (page: Page) => page.getByRole("table").getByRole("row");
const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
const sideways = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe.each([360, 1280])("%i px wide", (width) => {
    describe.each(["en", "fr"] as const)("in %s", (locale) => {
        test.each(["light", "dark"] as const)("in the %s, the page is whole and axe finds nothing", async (theme) => {
            const { page, elsewhere, complaints } = await open({
                viewport: { width, height: 800 },
                locale,
                colorScheme: theme,
            });
            await page.goto(`${ADDRESS}#token=${tokenOf("staff")}`);
            await rows(page).nth(10).waitFor();
            expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe(HEADINGS[locale]);
            expect(await page.title()).toBe(HEADINGS[locale]);
            expect(await page.locator("html").getAttribute("lang")).toBe(locale);
            expect(await ground(page)).toBe(GROUNDS[theme]);
            expect(await sideways(page)).toBe(0);
            expect(await violations(page)).toEqual([]);
            expect({ elsewhere, complaints }).toEqual({ elsewhere: [], complaints: [] });
        });
    });
});

test("the language is changed by keyboard, and remembered", async () => {
    const { page } = await open();
    await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
    await rows(page).nth(10).waitFor();
    await page.getByLabel("Language").focus();
    await page.keyboard.type("Fr");
    await page.getByText("Heures de America/Toronto.").waitFor();
    await page.reload();
    await page.getByText("Heures de America/Toronto.").waitFor();
    expect(await page.getByLabel("Langue").inputValue()).toBe("FR");
});

test("the theme is the system's until one is chosen, which is remembered", async () => {
    const { page } = await open({ colorScheme: "dark" });
    await page.goto(ADDRESS);
    await page.getByLabel("Theme").focus();
    expect(await ground(page)).toBe(GROUNDS.dark);
    await page.keyboard.type("Li");
    await expect.poll(() => ground(page)).toBe(GROUNDS.light);
    await page.reload();
    await page.getByLabel("Theme").waitFor();
    expect(await ground(page)).toBe(GROUNDS.light);
});

test("nothing moves while the page loads", async () => {
    const { page } = await open();
    await page.addInitScript(() => {
        const shifts: number[] = [];
        Object.assign(window, { shifts });
        new PerformanceObserver((list) => {
            for (const shift of list.getEntries()) shifts.push((shift as unknown as { value: number }).value);
        }).observe({ type: "layout-shift", buffered: true });
    });
    await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
    await rows(page).nth(10).waitFor();
    // A shift is reported after the frame that it happened in.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    expect(await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts)).toEqual([]);
});

test("all loaded rows are printed, dark on light, without what only a screen can use", async () => {
    const { page } = await open({ colorScheme: "dark" });
    await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
    await rows(page).nth(10).waitFor();
    await page.evaluate(() => {
        addEventListener("beforeprint", () => {
            const rows = document.querySelectorAll("[role=rowgroup]:last-child > [role=row]").length;
            Object.assign(window, { printed: rows });
        });
    });
    await page.pdf();
    expect(await page.evaluate(() => (window as unknown as { printed: number }).printed)).toBe(50);
    await page.emulateMedia({ media: "print" });
    expect(await ground(page)).toBe(GROUNDS.light);
    expect(await page.getByLabel("Theme").isVisible()).toBe(false);
    const [first, second] = await rows(page).evaluateAll((all) =>
        all.slice(1, 3).map((row) => row.getBoundingClientRect()),
    );
    expect(second?.top).toBe(first?.bottom);
});
