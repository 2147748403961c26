import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { violations } from "./axe";
import { withBrowser } from "./chromium";
import { ADDRESS, tokenOf } from "./place";

const open = withBrowser();

const FULL = "o'neil37.1@full.test";
const EXPLANATION = /^The recipient's mailbox is full\./;
const ANSWER =
    "The server’s answer host 127.0.0.1[127.0.0.1] said: 552 5.2.2 Mailbox full (in reply to RCPT TO command)";

async function show(page: Page, search: string) {
    await page.goto(`${ADDRESS}?search=${encodeURIComponent(search)}#token=${tokenOf("regular")}`);
    await page.getByRole("link", { name: search }).waitFor();
    return {
        reason: page.getByRole("button", { name: EXPLANATION }),
        hint: page.getByRole("tooltip"),
    };
}

test("one paste and one look answer: the reason stands in the row, in words", async () => {
    const { page } = await open();
    const { reason } = await show(page, FULL);
    expect(await reason.isVisible()).toBe(true);
});

test("the pointer opens the reason, may move into it, and closes it by leaving", async () => {
    const { page, complaints } = await open();
    const { reason, hint } = await show(page, FULL);
    await reason.hover();
    await hint.waitFor();
    const [words, responsible, answer] = await hint.locator(":scope > span").allInnerTexts();
    expect(words).toMatch(EXPLANATION);
    expect(responsible).toBe("The recipient can put it right.");
    expect(answer?.replace("\n", " ")).toBe(ANSWER);
    await hint.getByText("The recipient can put it right.").hover();
    expect(await hint.isVisible()).toBe(true);
    expect(await violations(page)).toEqual([]);
    await page.getByRole("heading", { name: "Activity" }).hover();
    await hint.waitFor({ state: "hidden" });
    expect(complaints).toEqual([]);
});

test("the keyboard opens the reason; Escape closes it and leaves the focus; leaving closes it too", async () => {
    const { page } = await open();
    const { reason, hint } = await show(page, FULL);
    await page.getByText("What the statuses mean").focus();
    await page.keyboard.press("Tab");
    await hint.waitFor();
    await page.keyboard.press("Escape");
    await hint.waitFor({ state: "hidden" });
    expect(await reason.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    await hint.waitFor();
    await page.keyboard.press("Tab");
    await hint.waitFor({ state: "hidden" });
});

test("Escape closes the reason that the pointer opened", async () => {
    const { page } = await open();
    const { reason, hint } = await show(page, FULL);
    await reason.hover();
    await hint.waitFor();
    await page.keyboard.press("Escape");
    await hint.waitFor({ state: "hidden" });
    expect(await reason.isVisible()).toBe(true);
});

test("a touch opens the reason within a narrow page, a touch elsewhere closes it", async () => {
    const { page } = await open({ hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } });
    const { reason, hint } = await show(page, FULL);
    await reason.tap();
    await hint.waitFor();
    const box = await hint.boundingBox();
    expect(box!.x).toBeGreaterThanOrEqual(0);
    expect(box!.x + box!.width).toBeLessThanOrEqual(360);
    await page.getByRole("heading", { name: "Activity" }).tap();
    await hint.waitFor({ state: "hidden" });
});

test.each([
    ["REJECTED", "neil299.0", /^Your account has reached its SMTP sending quota\./],
    ["SOFT_BOUNCE", "info77.0@soft.test", /^The recipient's mail server has a problem of its own\./],
    ["HARD_BOUNCE", FULL, EXPLANATION],
])("%s says why", async (status, search, explanation) => {
    const { page } = await open();
    await page.goto(`${ADDRESS}?search=${encodeURIComponent(search)}#token=${tokenOf("regular")}`);
    const cell = page.getByRole("cell").filter({ has: page.locator(`[data-status="${status}"]`) });
    await cell.waitFor();
    expect(await cell.getByRole("button").innerText()).toMatch(explanation);
});

test("Deferred says why, by keyboard as well", async () => {
    const { page } = await open();
    await page.goto(`${ADDRESS}?search=waiting%40example.com#token=${tokenOf("fates")}`);
    const cell = page.getByRole("cell").filter({ has: page.locator('[data-status="DEFERRED"]') });
    await cell.waitFor();
    await cell.getByRole("button").focus();
    await page.getByRole("tooltip").getByText("450 4.2.0 Greylisted, try again").waitFor();
    expect(await cell.getByRole("button").innerText()).toMatch(/^The recipient's mail server/);
});

test("a delivered message needs no reason", async () => {
    const { page } = await open();
    await show(page, "d+tag37.0@ok.test");
    expect(await page.getByRole("cell").getByRole("button").count()).toBe(0);
});
