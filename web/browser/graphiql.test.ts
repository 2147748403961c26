import type { BrowserContextOptions, Page } from "playwright-core";
import { expect, test } from "vitest";
import { violations } from "./axe";
import { withBrowser } from "./chromium";
import { ADDRESS, tokenOf } from "./place";

const open = withBrowser();

test("a pasted token opens GraphiQL, which says who asks and what they may do", async () => {
    const { page, elsewhere, complaints } = await open();
    await page.goto(`${ADDRESS}graphiql`);
    await page.getByRole("textbox", { name: "Access token" }).focus();
    await page.keyboard.insertText(tokenOf("regular"));
    await page.keyboard.press("Enter");
    await editor(page).waitFor();
    expect(await page.locator("header dl").innerText()).toBe(
        "Account\nNorthwind\nRole\nRegular user\nPermissions\nAccess SMTP activities",
    );
    expect({ elsewhere, complaints }).toEqual({ elsewhere: [], complaints: [] });
});

test("a ready query is shown and waits; Ctrl-Enter runs it, with the values written below it", async () => {
    const { page, complaints } = await openGraphiql("regular");
    const asked = operationsAsked(page);
    await page.getByRole("button", { name: "Why was it rejected?" }).focus();
    await page.keyboard.press("Enter");
    await write(page, "Variables", '{ "search": "neil299.0" }');
    expect(asked).toEqual([]);
    await editor(page).focus();
    await page.keyboard.press("Control+Enter");
    await result(page).getByText("QUOTA_REACHED").waitFor();
    expect(asked).toEqual(["WhyWasItRejected"]);
    expect(complaints).toEqual([]);
});

test("a second ready query opens a tab of its own", async () => {
    const { page } = await openGraphiql("regular");
    for (const question of ["Did it arrive?", "What bounced today?"]) {
        await page.getByRole("button", { name: question }).click();
    }
    await page.getByRole("tab", { name: "WhatBouncedToday", selected: true }).waitFor();
    expect(await page.getByRole("tab").allInnerTexts()).toEqual(["DidItArrive", "WhatBouncedToday"]);
});

test("an address with a query in it runs nothing", async () => {
    const { page } = await open();
    const asked = operationsAsked(page);
    await page.goto(`${ADDRESS}graphiql?query={viewer{id}}#token=${tokenOf("regular")}&query={viewer{id}}`);
    await editor(page).waitFor();
    await (await documentation(page)).getByRole("link", { name: "Query" }).waitFor();
    expect(asked).toEqual(["Caller", "IntrospectionQuery"]);
});

test.each([
    ["regular", ["viewer", "smtpActivities", "smtpActivity", "node", "nodes", "rateLimit"]],
    ["notAllowed", ["viewer", "node", "nodes", "rateLimit"]],
])("the documentation shows what the caller “%s” may ask, and no more", async (caller, fields) => {
    const { page } = await openGraphiql(caller);
    const explorer = await documentation(page);
    await explorer.getByRole("link", { name: "Query", exact: true }).click();
    await explorer.getByRole("link", { name: "viewer", exact: true }).waitFor();
    expect(await explorer.locator(".graphiql-doc-explorer-field-name").allInnerTexts()).toEqual(fields);
});

test("who lacks a permission is told so: before asking, and by the answer", async () => {
    const { page } = await openGraphiql("notAllowed");
    await page.getByText("They need the permission “Access SMTP activities”").waitFor();
    await write(page, "Operation Editor", "{ smtpActivities { totalCount } }");
    await page.keyboard.press("Control+Enter");
    const refusals = page.getByRole("status");
    await refusals.getByText("FORBIDDEN").waitFor();
    expect(await refusals.innerText()).toBe("FORBIDDEN This needs the permission “Access SMTP activities”.");
});

test("the editor helps with the filter", async () => {
    const { page } = await openGraphiql("regular");
    await write(page, "Operation Editor", "{ smtpActivities(filter: { recipient: {");
    const offered = page.getByRole("listbox").getByRole("option");
    // The editor knows the schema some time after it is shown.
    const help = async () => {
        await page.keyboard.press("Control+Space");
        return offered.first().isVisible();
    };
    await expect.poll(help, { interval: 500, timeout: 20_000 }).toBe(true);
    expect(await offered.locator(".label-name").allInnerTexts()).toEqual(["contains", "domain", "equals", "in"]);
});

test("signing out forgets the token and what was written", async () => {
    const { page } = await openGraphiql("regular");
    await page.getByRole("button", { name: "Did it arrive?" }).click();
    await page.getByRole("tab", { name: "DidItArrive" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("textbox", { name: "Access token" }).waitFor();
    expect(await page.evaluate("[Object.keys(sessionStorage), Object.keys(localStorage)]")).toEqual([[], []]);
});

const LOOKS: BrowserContextOptions[] = [360, 1_280].flatMap((width) =>
    (["light", "dark"] as const).map((colorScheme) => ({ colorScheme, viewport: { width, height: 800 } })),
);

test.each(LOOKS)("axe finds nothing at $viewport.width px in $colorScheme", async (look) => {
    const { page } = await openGraphiql("regular", look);
    await page.getByRole("button", { name: "What bounced today?" }).click();
    const found = await violations(page);
    // GraphiQL's own: the button that closes a tab stands within the tab.
    expect(found.filter((violation) => !violation.startsWith("nested-interactive"))).toEqual([]);
});

async function openGraphiql(caller: string, options?: BrowserContextOptions) {
    const opened = await open(options);
    await opened.page.goto(`${ADDRESS}graphiql#token=${tokenOf(caller)}`);
    await editor(opened.page).waitFor();
    return opened;
}

/** Names of the operations that the page asks from now on. */
function operationsAsked(page: Page): string[] {
    const names: string[] = [];
    page.on("request", (request) => {
        if (request.method() !== "POST") return;
        // GraphiQL sends a name with it only if the text has stood there for a tenth of a second.
        const { operationName, query } = request.postDataJSON();
        names.push(operationName ?? /\bquery (\w+)/.exec(query)?.[1]);
    });
    return names;
}

function editor(page: Page) {
    return page.getByRole("region", { name: "Operation Editor" }).getByRole("textbox");
}

function result(page: Page) {
    return page.getByRole("region", { name: "Result Window" });
}

async function documentation(page: Page) {
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    return page.getByRole("region", { name: "Documentation Explorer" });
}

/** Replaces the text of an editor by pasting: typing would have the editor close each bracket once more. */
async function write(page: Page, name: string, text: string): Promise<void> {
    const textbox = page.getByRole("region", { name }).getByRole("textbox");
    await textbox.focus();
    await page.keyboard.press("Control+A");
    await textbox.evaluate((element, pasted) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData("text/plain", pasted);
        element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    }, text);
}
