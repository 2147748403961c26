import { expect, test } from "vitest";
import { withBrowser } from "./chromium";
import { ADDRESS, arrive, NOW, tokenOf } from "./place";

const open = withBrowser();

const hoursAgo = (hours: number) => new Date(NOW.valueOf() - hours * 3_600_000);

test("what arrives is announced, shifts nothing, and comes when the keyboard asks for it", async () => {
    await arrive("initech", 60, hoursAgo(4));
    const { page } = await open();
    await page.clock.install({ time: NOW });
    await page.goto(`${ADDRESS}#token=${tokenOf("initech")}`);
    const rows = page.locator(".rows [role=row]");
    await page.getByText("Found: 60", { exact: true }).waitFor();
    await rows.first().waitFor();
    const shown = await rows.first().innerText();

    await arrive("initech", 12, hoursAgo(2));
    await page.clock.fastForward(31_000);
    const announced = page.getByRole("status").getByRole("button");
    await announced.getByText("12 new", { exact: true }).waitFor();
    await arrive("initech", 101);
    await page.clock.fastForward(31_000);
    await announced.getByText("100+ new", { exact: true }).waitFor();
    expect(await rows.first().innerText()).toBe(shown);

    await announced.press("Enter");
    await page.getByText("Found: 173", { exact: true }).waitFor();
    await rows.first().waitFor();
    expect(await rows.first().getByRole("cell").first().innerText()).toBe("Nov 23, 2026, 8:00:00 PM");
    expect(await announced.count()).toBe(0);
});

/** Loading takes as long as the machine needs: a busy one has been seen to take 105 s for 10,000 rows. */
test("thousands of loaded rows keep the page as small as a screen", { timeout: 600_000 }, async () => {
    await arrive("umbrella", 3_000);
    const { page } = await open();
    await page.goto(`${ADDRESS}#token=${tokenOf("umbrella")}`);
    const toTheEnd = () => {
        scrollTo(0, document.documentElement.scrollHeight);
        return document.querySelector('.rows [aria-rowindex="3001"]') !== null;
    };
    await page.waitForFunction(toTheEnd, undefined, { timeout: 0 });
    expect(await page.getByRole("table").getAttribute("aria-rowcount")).toBe("3001");
    const inPage = () => page.locator(".rows [role=row]").count();
    expect(await inPage()).toBeLessThan(60);
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
    await page.waitForFunction(() => {
        const row = document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest(".rows [role=row]");
        return Math.abs(Number(row?.getAttribute("aria-rowindex")) - 1_500) < 100;
    });
    expect(await inPage()).toBeLessThan(60);
});
