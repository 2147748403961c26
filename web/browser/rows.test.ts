import { expect, test } from "vitest";
import { withBrowser } from "./chromium";
import { ADDRESS, tokenOf } from "./place";

const open = withBrowser();

test("a token in the address shows the first rows, and leaves the address", async () => {
    const { page, elsewhere, complaints } = await open();
    await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
    const rows = page.getByRole("table").getByRole("row");
    await rows.nth(10).waitFor();
    expect(page.url()).toBe(ADDRESS);
    expect(await page.getByText("All times in America/Toronto.").isVisible()).toBe(true);
    expect({ elsewhere, complaints }).toEqual({ elsewhere: [], complaints: [] });
});

test("an address with a search shows what it finds, in the account's zone", async () => {
    const { page } = await open();
    await page.goto(`${ADDRESS}?search=neil299.0#token=${tokenOf("regular")}`);
    const rows = page.getByRole("table").getByRole("row");
    await rows.nth(1).waitFor();
    expect(await rows.count()).toBe(2);
    expect(await rows.nth(1).getByRole("cell").allInnerTexts()).toEqual([
        "Nov 23, 2026, 1:45:35 PM",
        "⊘ Rejected\nYour account has reached its SMTP sending quota. Wait until the quota starts anew, or ask for a larger one, then send the message again.",
        "o'neil299.0@quota.test",
        "(no subject)",
        "news@northwind.example",
    ]);
});

test("without a token the page says what it needs", async () => {
    const { page, complaints } = await open();
    await page.goto(ADDRESS);
    await page.getByText("This page needs an access token of your relay.").waitFor();
    expect(complaints).toEqual([]);
});
