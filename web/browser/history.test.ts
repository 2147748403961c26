import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { violations } from "./axe";
import { withBrowser } from "./chromium";
import { ADDRESS, tokenOf } from "./place";

const open = withBrowser();

const HARD = "info35.2@hard.test";

async function found(page: Page, search: string) {
    await page.goto(`${ADDRESS}?search=${encodeURIComponent(search)}#token=${tokenOf("regular")}`);
    const link = page.getByRole("table").getByRole("link", { name: search });
    await link.waitFor();
    return { link, history: page.getByRole("dialog", { name: `History of ${search}` }) };
}

test("the keyboard opens a row's history, closes it by Escape, and is back in its row", async () => {
    const { page, elsewhere, complaints } = await open();
    const { link, history } = await found(page, HARD);
    await link.focus();
    await page.keyboard.press("Enter");
    await history.waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await history.waitFor({ state: "detached" });
    expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(new URL(page.url()).searchParams.has("opened")).toBe(false);
    expect({ elsewhere, complaints }).toEqual({ elsewhere: [], complaints: [] });
});

test("a click anywhere in the row opens its history", async () => {
    const { page } = await open();
    const { history } = await found(page, HARD);
    await page.getByRole("row").nth(1).locator("time").click({ force: true });
    await history.waitFor();
    expect(new URL(page.url()).searchParams.get("search")).toBe(HARD);
});

test("a history tells every event with its time in the account's zone and its answer, and the attempts", async () => {
    const { page } = await open();
    const { link, history } = await found(page, "info77.0@soft.test");
    await link.click();
    await history.waitFor();
    const answer =
        "Answer of 127.0.0.1[127.0.0.1]:2602:\n" +
        "host 127.0.0.1[127.0.0.1] said: 451 4.3.2 Please try again later (in reply to RCPT TO command)";
    await history.getByText("5 delivery attempts", { exact: true }).waitFor();
    expect(await history.locator(".events > li").allInnerTexts()).toEqual([
        "Nov 23, 2026, 1:45:22 PM → Accepted",
        "Nov 23, 2026, 1:45:22 PM … Pending",
        `Nov 23, 2026, 1:45:22 PM ↻ Deferred\n${answer}`,
        `Nov 23, 2026, 1:45:32 PM ↻ Deferred\n${answer}`,
        `Nov 23, 2026, 1:45:42 PM ↻ Deferred\n${answer}`,
        `Nov 23, 2026, 1:45:57 PM ↻ Deferred\n${answer}`,
        `Nov 23, 2026, 1:46:12 PM ↻ Deferred\n${answer}`,
        `Nov 23, 2026, 1:46:12 PM ↩ Soft bounce\n${answer}`,
    ]);
});

test("a delivery that was taken back shows both, and which came by a bounce message", async () => {
    const { page } = await open();
    await page.goto(`${ADDRESS}?search=late%40example.com#token=${tokenOf("fates")}`);
    await page.getByRole("link", { name: "late@example.com" }).click();
    const events = page.getByRole("dialog", { name: "History of late@example.com" }).locator(".events > li");
    await events.first().waitFor();
    expect(await events.allInnerTexts()).toEqual([
        "Nov 22, 2026, 9:00:01 AM ✓ Delivered\nAnswer of mx.example.com:\n250 OK",
        "Nov 22, 2026, 9:30:00 AM ✕ Hard bounce\nReported later, by a bounce message\n550 5.1.1 No such user",
    ]);
});

test("a history shows what to do, and the other recipients, whose histories are one step away", async () => {
    const { page } = await open();
    const { link, history } = await found(page, HARD);
    await link.click();
    await history.getByText(/^The address is misspelt or does not exist\./).waitFor();
    expect((await history.locator(".others > li").allInnerTexts()).sort()).toEqual([
        "CHLOE.Roy35.0@ok.test ✓ Delivered",
        "x_y.z35.1@ok.test ✓ Delivered",
    ]);
    await history.getByRole("link", { name: "x_y.z35.1@ok.test" }).press("Enter");
    await page.getByRole("dialog", { name: "History of x_y.z35.1@ok.test" }).waitFor();
    await page.goBack();
    await history.waitFor();
    await page.goBack();
    await history.waitFor({ state: "detached" });
    expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
});

test("an id is copied, and so is a note for support", async () => {
    const { page } = await open({ permissions: ["clipboard-read", "clipboard-write"] });
    const { link, history } = await found(page, HARD);
    await link.click();
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await history.getByRole("button", { name: "Copy: Message ID" }).press("Enter");
    await history.getByText("Copied.").waitFor();
    expect(await copied()).toBe("35.0.21313478107497474@northwind.example");
    await history.getByRole("button", { name: "Copy as support note" }).press("Enter");
    await expect.poll(() => history.getByText("Copied.").count()).toBe(2);
    const note = await copied();
    expect(note).toContain("Recipient: info35.2@hard.test\n");
    expect(note).toContain("Reason: The address is misspelt or does not exist.");
    expect(note).toContain("The server’s answer: host 127.0.0.1[127.0.0.1] said: 550 5.1.1 <info35.2@hard.test>:");
    expect(note).toContain(`Activity ID: ${new URL(page.url()).searchParams.get("opened")}\n`);
    expect(note).toContain("\n1 delivery attempt\n2026-11-23T13:45:20.000-05:00 Accepted\n");
});

test("where the browser refuses to copy, the text is there to be taken by hand", async () => {
    const { page } = await open();
    await page.addInitScript("delete Navigator.prototype.clipboard");
    const { link, history } = await found(page, HARD);
    await link.click();
    await history.getByRole("button", { name: "Copy: Queue ID" }).click();
    await history.getByText("The browser does not let this page copy.").waitFor();
    const queueId = await history
        .locator("dt", { hasText: "Queue ID" })
        .locator("+ dd")
        .locator(".by-hand")
        .innerText();
    expect(queueId).toMatch(/^4[A-Za-z0-9]+$/);
});

test("an address with an opened history shows it; one of nobody's says so", async () => {
    const { page } = await open();
    const { link, history } = await found(page, HARD);
    const address = new URL((await link.getAttribute("href")) ?? "", ADDRESS);
    await page.goto(address.href);
    await history.waitFor();
    address.searchParams.set("opened", "nothing");
    await page.goto(address.href);
    const said = page.getByRole("dialog").getByRole("status");
    await expect.poll(() => said.innerText()).toBe("There is no such activity in your account.");
});

test.each(["light", "dark"] as const)("a history is sound in French, at 360 px, %s", async (colorScheme) => {
    const { page, complaints } = await open({ locale: "fr", colorScheme, viewport: { width: 360, height: 740 } });
    const { link } = await found(page, HARD);
    await link.click();
    const history = page.getByRole("dialog", { name: `Historique de ${HARD}` });
    await history.waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await history.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    expect(complaints).toEqual([]);
});
