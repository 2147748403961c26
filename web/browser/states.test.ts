import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { violations } from "./axe";
import { withBrowser } from "./chromium";
import { ADDRESS, tokenOf } from "./place";

const open = withBrowser();
const GRAPHQL = `${ADDRESS}graphql`;

/** The names of the operations that a page asks from now on. */
function operationsOf(page: Page): string[] {
    const names: string[] = [];
    page.on("request", (request) => {
        if (request.url() === GRAPHQL) names.push(request.postDataJSON().operationName);
    });
    return names;
}

test("while activities are loaded, the page says so", async () => {
    const { page } = await open();
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
        release = resolve;
    });
    await page.route(GRAPHQL, async (route) => {
        await released;
        await route.continue();
    });
    await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
    await page.getByRole("status").getByText("Loading…").waitFor();
    expect(await violations(page)).toEqual([]);
    release();
    await page.getByRole("table").getByRole("row").nth(10).waitFor();
    expect(await page.getByText("Loading…").filter({ visible: true }).count()).toBe(0);
});

test.each([
    ["en", "Nothing found. Events are recorded up to Nov 23, 2026, "],
    ["fr", "Aucun résultat. Les événements sont enregistrés jusqu’au 23 nov. 2026, "],
])("nothing found says, in %s, up to when events are recorded", async (locale, words) => {
    const { page } = await open({ locale });
    await page.goto(`${ADDRESS}?search=nobody-was-ever-called-so#token=${tokenOf("regular")}`);
    await page.getByRole("status").getByText(words).waitFor();
    expect(await violations(page)).toEqual([]);
});

test.each([
    ["en", "An administrator of your account can grant “Access SMTP activities”."],
    ["fr", "Un administrateur de votre compte peut vous l’accorder"],
])("who may not see activities is told, in %s, who can grant it", async (locale, words) => {
    const { page } = await open({ locale });
    const asked = operationsOf(page);
    await page.goto(`${ADDRESS}#token=${tokenOf("notAllowed")}`);
    await page.getByRole("alert").getByText(words).waitFor();
    // Nothing that would be refused is asked, or drawn for a moment.
    expect(asked).toEqual(["Caller"]);
    expect(await violations(page)).toEqual([]);
});

test.each([
    ["en", "Your account has no active SMTP plan"],
    ["fr", "Votre compte n’a pas de forfait SMTP actif"],
])("an account without an active plan is told so, in %s", async (locale, words) => {
    const { page } = await open({ locale });
    const asked = operationsOf(page);
    await page.goto(`${ADDRESS}#token=${tokenOf("noPlan")}`);
    await page.getByRole("alert").getByText(words).waitFor();
    // Nothing that would be refused is asked, or drawn for a moment.
    expect(asked).toEqual(["Caller"]);
    expect(await violations(page)).toEqual([]);
});

test("an error shows the request's id, and is tried again by keyboard", async () => {
    const { page } = await open();
    await page.route(GRAPHQL, async (route) => {
        if (!route.request().postData()?.includes("query Activities")) return route.continue();
        return route.fulfill({
            status: 500,
            headers: { "x-request-id": "a1b2c3" },
            json: {
                errors: [{ message: "The database does not answer.", extensions: { code: "INTERNAL_SERVER_ERROR" } }],
            },
        });
    });
    await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect((await alert.innerText()).split(/\n+/)).toEqual([
        "The activities could not be loaded.",
        "The database does not answer.",
        "Request id: a1b2c3",
        "Try again",
    ]);
    expect(await violations(page)).toEqual([]);
    await page.unroute(GRAPHQL);
    await alert.getByRole("button", { name: "Try again" }).press("Enter");
    await page.getByRole("table").getByRole("row").nth(10).waitFor();
    expect(await alert.count()).toBe(0);
});

test("a service that cannot be reached is told as an error, not as nothing found", async () => {
    const { page } = await open();
    await page.route(GRAPHQL, (route) => route.abort());
    await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
    await page.getByRole("alert").getByText("The activities could not be loaded.").waitFor();
    expect(await page.getByText("Nothing found.").count()).toBe(0);
});
