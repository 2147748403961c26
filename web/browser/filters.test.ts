import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { BrowserContextOptions, Page } from "playwright-core";
import { expect, test } from "vitest";
import { withBrowser } from "./chromium";
import { ADDRESS, tokenOf } from "./place";

const open = withBrowser();
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A caller's page with this search in its address. */
async function shown(search = "", options: BrowserContextOptions = {}): Promise<Page> {
    const { page } = await open(options);
    await page.goto(`${ADDRESS}${search}#token=${tokenOf("regular")}`);
    return page;
}

const searchOf = (page: Page) => new URL(page.url()).search;
const found = (page: Page, count: string) => page.getByText(`Found: ${count}`, { exact: true }).waitFor();
const rows = (page: Page) => page.locator(".rows [role=row]");
/** Asks for the first lines of a column's cells, each value once: below a status stands its reason. */
const column = (page: Page, number: number) => async () => {
    const texts = await page.locator(`.rows [role=row] > :nth-child(${number})`).allInnerTexts();
    return [...new Set(texts.map((text) => text.split("\n")[0]))].toSorted();
};
const every = (wanted: RegExp) => (texts: string[]) => texts.length > 0 && texts.every((text) => wanted.test(text));
/** Tab, as often as it takes to come to the search box. */
async function tabToSearch(page: Page): Promise<void> {
    const isThere = () => page.evaluate(() => document.activeElement?.getAttribute("type") === "search");
    for (let stops = 0; stops < 10 && !(await isThere()); stops++) await page.keyboard.press("Tab");
    expect(await isThere()).toBe(true);
}
const status = (page: Page, name: string) =>
    page.getByRole("group", { name: "Activities per status" }).getByRole("button", { name });
const active = (page: Page) => page.getByRole("group", { name: "Active filters" }).getByRole("button");

test("the one search box finds in recipients, subjects and senders, by keyboard alone", async () => {
    const page = await shown();
    await found(page, "369");
    await tabToSearch(page);
    await page.keyboard.type("flaky.test");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/?search=flaky.test");
    await rows(page).first().waitFor();
    await expect.poll(column(page, 3)).toSatisfy(every(/@flaky\.test$/));
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("confirmee");
    await page.keyboard.press("Enter");
    await page.getByText("Order confirmée").first().waitFor();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("billing@northwind");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/?search=billing%40northwind");
    await rows(page).first().waitFor();
    await expect.poll(column(page, 5)).toEqual(["billing@northwind.example"]);
});

test("the advanced search asks for every condition it was given", async () => {
    const page = await shown();
    await page.getByText("Advanced search").click();
    await page.getByLabel("Recipient", { exact: true }).fill("hard.test");
    await page.getByLabel("Sender", { exact: true }).fill("news@");
    await page.getByLabel("Subject", { exact: true }).fill("urgent");
    await page.getByRole("checkbox", { name: "Hard bounce" }).check();
    await page.getByRole("checkbox", { name: "Invalid address" }).check();
    await page.getByRole("button", { name: "Search" }).last().click();
    await page.waitForURL(
        "**/?recipient=hard.test&sender=news%40&subject=urgent&status=HARD_BOUNCE&reason=INVALID_ADDRESS",
    );
    await rows(page).first().waitFor();
    await expect.poll(column(page, 2)).toEqual(["✕ Hard bounce"]);
    await expect.poll(column(page, 4)).toSatisfy(every(/\[URGENT\]/));
    await expect.poll(column(page, 5)).toEqual(["news@northwind.example"]);
    expect((await active(page).allInnerTexts())[0]).toBe("Recipient: hard.test ✕");
});

test("a queue id and a message id find the message's recipients", async () => {
    const page = await shown();
    const field = (name: string) => page.getByLabel(name, { exact: true });
    await page.locator(".filters summary").click();
    await field("Queue id").fill("4jYFHz2FhfzK9Jx");
    await field("Recipient").fill("bob");
    await field("Queue id").press("Enter");
    await found(page, "2");
    await expect.poll(column(page, 3)).toEqual(["bob284.2@flaky.test", "bob284.3@hard.test"]);
    await field("Queue id").fill("");
    await field("Message id").fill("<284.0.07889293191096836@northwind.example>");
    await field("Message id").press("Enter");
    await page.waitForURL("**/?recipient=bob&messageId=*");
    await rows(page).first().waitFor();
    await expect.poll(column(page, 3)).toEqual(["bob284.2@flaky.test", "bob284.3@hard.test"]);
});

test("the counts per status filter when pressed, and stay the counts of all", async () => {
    const page = await shown();
    await found(page, "369");
    await status(page, "Soft bounce").press("Space");
    await found(page, "46");
    expect(searchOf(page)).toBe("?status=SOFT_BOUNCE");
    expect(await status(page, "Soft bounce").getAttribute("aria-pressed")).toBe("true");
    expect(await status(page, "Delivered").innerText()).toMatch(/223$/);
    await status(page, "Hard bounce").press("Enter");
    await found(page, "116");
    await status(page, "Soft bounce").press("Enter");
    await found(page, "70");
    await expect.poll(column(page, 2)).toEqual(["✕ Hard bounce"]);
});

test("active filters go one by one or all at once, and the keyboard stays among them", async () => {
    const page = await shown("?period=today&search=news&status=DELIVERED&status=REJECTED&reason=OTHER&queueId=4X");
    await active(page).first().waitFor();
    expect(await active(page).allInnerTexts()).toEqual([
        "Period: Today ✕",
        "Search: news ✕",
        "Queue id: 4X ✕",
        "Status: Delivered ✕",
        "Status: Rejected ✕",
        "Reason: Other ✕",
        "Clear all",
    ]);
    await page.getByRole("button", { name: "Remove the filter Status: Delivered" }).press("Enter");
    expect(searchOf(page)).toBe("?period=today&search=news&queueId=4X&status=REJECTED&reason=OTHER");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(searchOf(page)).toBe("?search=news&queueId=4X&status=REJECTED&reason=OTHER");
    await page.getByRole("button", { name: "Clear all" }).press("Enter");
    await found(page, "369");
    expect(searchOf(page)).toBe("");
    expect(await page.getByLabel("Recipient, subject or sender").inputValue()).toBe("");
});

test("presets and any two days choose the period", async () => {
    const page = await shown();
    await page.getByRole("button", { name: "7 days", exact: true }).click();
    expect(searchOf(page)).toBe("?period=7d");
    expect(await page.getByRole("button", { name: "7 days", exact: true }).getAttribute("aria-pressed")).toBe("true");
    await page.getByRole("button", { name: "Today", exact: true }).click();
    await found(page, "369");
    await page.getByLabel("From", { exact: true }).fill("2026-10-31");
    await page.getByLabel("To", { exact: true }).fill("2026-10-01");
    await page.getByRole("button", { name: "Show period" }).click();
    await page.getByText("Nothing found.").waitFor();
    expect(searchOf(page)).toBe("?period=2026-10-01..2026-10-31");
    expect(await page.getByLabel("From", { exact: true }).inputValue()).toBe("2026-10-01");
    expect(await active(page).first().innerText()).toBe("Period: Oct 1, 2026 to Oct 31, 2026 ✕");
});

test("back and forward show what was shown, in the fields as well", async () => {
    const page = await shown();
    const box = page.getByLabel("Recipient, subject or sender");
    await box.fill("flaky.test");
    await box.press("Enter");
    await page.waitForURL("**/?search=flaky.test");
    await status(page, "Rejected").click();
    await page.waitForURL("**/?search=flaky.test&status=REJECTED");
    await page.goBack();
    expect(searchOf(page)).toBe("?search=flaky.test");
    expect(await status(page, "Rejected").getAttribute("aria-pressed")).toBe("false");
    await page.goBack();
    await found(page, "369");
    expect(await box.inputValue()).toBe("");
    await page.goForward();
    await rows(page).first().waitFor();
    expect(await box.inputValue()).toBe("flaky.test");
});

test("a view's address shows the same rows in a new tab", async () => {
    const page = await shown();
    await page.getByLabel("Recipient, subject or sender").fill("o'neil");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/?search=o%27neil");
    await status(page, "Delivered").click();
    await page.waitForURL("**&status=DELIVERED");
    await rows(page).first().waitFor();
    const colleague = await shown(searchOf(page));
    await rows(colleague).first().waitFor();
    expect(await rows(colleague).allInnerTexts()).toEqual(await rows(page).allInnerTexts());
});

test("what the address says wrong is told, nothing is shown for it, and one press leaves it out", async () => {
    const page = await shown("?period=yesterday&status=LOST&reason=MOON&sender=+&search=news");
    const told = page.getByRole("alert");
    await told.waitFor();
    expect(await told.getByRole("listitem").allInnerTexts()).toEqual([
        "“yesterday” is no period. Write today, 7d, 30d, or two days with the earlier first: 2026-10-01..2026-10-31.",
        "“sender” is blank. Write a text, or leave it out.",
        "“LOST” is no status. Write one of: REJECTED, ACCEPTED, PENDING, DELIVERED, DEFERRED, SOFT_BOUNCE, HARD_BOUNCE.",
        expect.stringMatching(/^“MOON” is no reason\. Write one of: INVALID_ADDRESS, .*, OTHER\.$/),
    ]);
    expect(await page.getByRole("table").count()).toBe(0);
    await told.getByRole("button").press("Enter");
    await rows(page).first().waitFor();
    expect(searchOf(page)).toBe("?search=news");
});

test("what only the service refuses is told as well", async () => {
    const page = await shown(`?search=${"long".repeat(60)}`);
    const told = page.getByRole("alert");
    await told.waitFor();
    expect(await told.innerText()).toContain("200");
});

test.each(
    [360, 1280].flatMap((width) =>
        ["en", "fr"].flatMap((locale) => (["light", "dark"] as const).map((theme) => ({ width, locale, theme }))),
    ),
)("nothing stands in anybody's way: $width px, $locale, $theme", async ({ width, locale, theme }) => {
    const page = await shown("?search=news&status=DELIVERED", {
        viewport: { width, height: 800 },
        locale,
        colorScheme: theme,
        // axe-core comes into the page as a script of the test's, which its policy forbids.
        bypassCSP: true,
    });
    await rows(page).first().waitFor();
    await page.locator(".filters summary").click();
    await page.addScriptTag({ content: AXE });
    const violations = await page.evaluate(async () => {
        const axe = (globalThis as unknown as { axe: { run(): Promise<{ violations: unknown[] }> } }).axe;
        return (await axe.run()).violations;
    });
    expect(violations).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
});
