import type { Page, Route } from "playwright-core";
import { expect, test } from "vitest";
import { violations } from "./axe";
import { withBrowser } from "./chromium";
import { ADDRESS, HOST, tokenOf } from "./place";

const open = withBrowser();
const ORIGIN = new URL(ADDRESS).origin;

const zone = (name: string) => `All times in ${name}.`;
const keptToken = (page: Page) => page.evaluate(() => sessionStorage.getItem("smtp-activity.token"));

test("a token is pasted, by keyboard alone, and kept for the tab only", async () => {
    const { page, complaints } = await open();
    await page.goto(ADDRESS);
    await page.getByLabel("Access token").focus();
    await page.keyboard.insertText(`  ${tokenOf("regular")}\n`);
    await page.keyboard.press("Enter");
    await page.getByText(zone("America/Toronto")).waitFor();
    await page.reload();
    await page.getByText(zone("America/Toronto")).waitFor();
    const other = await page.context().newPage();
    await other.goto(ADDRESS);
    await other.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(complaints).toEqual([]);
});

test("who signs out is asked for a token again, and no token stays", async () => {
    const { page } = await open();
    await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("This page needs an access token of your relay.").waitFor();
    expect(await keptToken(page)).toBe(null);
});

test("a token that has ended is told, and forgotten", async () => {
    const { page } = await open();
    await page.goto(`${ADDRESS}#token=${tokenOf("ended")}`);
    await page.getByText("Your access token is no longer accepted").waitFor();
    expect(await keptToken(page)).toBe(null);
});

test("a refusal that comes late, for a token given up, does not end the newer session", async () => {
    const { page } = await open();
    let held: (route: Route) => void = () => undefined;
    const late = new Promise<Route>((resolve) => {
        held = resolve;
    });
    await page.route(`${ADDRESS}graphql`, (route) => {
        const ofOldCaller = route.request().headers().authorization === `Bearer ${tokenOf("regular")}`;
        if (ofOldCaller && route.request().postData()?.includes("query Activities")) held(route);
        else void route.continue();
    });
    await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
    const request = await late;
    await page.evaluate((token) => location.assign(`#token=${token}`), tokenOf("acme"));
    await page.getByText(zone("Europe/Paris")).waitFor();
    const refused = page.waitForResponse((response) => response.status() === 401);
    await request.fulfill({ status: 401, json: { errors: [{ message: "It has ended." }] } });
    await (await refused).finished();
    expect(await keptToken(page)).toBe(tokenOf("acme"));
    expect(await page.getByText(zone("Europe/Paris")).isVisible()).toBe(true);
});

test("a link with another token, followed where the page is open, changes the caller and leaves the address", async () => {
    const { page } = await open();
    await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
    await page.getByText(zone("America/Toronto")).waitFor();
    await page.goto(`${ADDRESS}#token=${tokenOf("acme")}`);
    await page.getByText(zone("Europe/Paris")).waitFor();
    expect(page.url()).toBe(ADDRESS);
});

test("a host that is allowed to frames the page and gives it the token that it asks for", async () => {
    const { page } = await open();
    await page.goto(`${HOST}#${ORIGIN},${tokenOf("regular")}`);
    const frame = page.frameLocator("iframe");
    await frame.getByText(zone("America/Toronto")).waitFor();
    expect(await frame.getByRole("button", { name: "Sign out" }).count()).toBe(0);
});

test("a message of another origin gives no token", async () => {
    const { page } = await open();
    await page.goto(ADDRESS);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.evaluate((token) => postMessage({ type: "smtp-activity:token", token }), tokenOf("regular"));
    // What was posted is heard before what is posted after it.
    await page.evaluate(
        () =>
            new Promise((resolve) => {
                addEventListener("message", resolve);
                postMessage("last");
            }),
    );
    expect(await keptToken(page)).toBe(null);
});

test("a host that is not allowed to cannot frame the page", async () => {
    const { page, complaints } = await open();
    const stranger = HOST.replace("127.0.0.1", "localhost");
    await page.goto(`${stranger}#${ORIGIN},${tokenOf("regular")}`);
    await expect.poll(() => complaints.join()).toContain("frame-ancestors");
});

test("in a frame, settings that could not be loaded are told, and a pasted token does all the same", async () => {
    const { page, complaints } = await open();
    await page.route(`${ADDRESS}page-settings.json`, (route) => route.fulfill({ status: 503 }));
    await page.goto(`${HOST}#${ORIGIN},${tokenOf("regular")}`);
    const frame = page.frameLocator("iframe");
    await frame.getByText("The service did not say who may give tokens to this page.").waitFor();
    await frame.getByLabel("Access token").fill(tokenOf("regular"));
    await frame.getByLabel("Access token").press("Enter");
    await frame.getByText(zone("America/Toronto")).waitFor();
    expect(complaints).toEqual([
        "Failed to load resource: the server responded with a status of 503 (Service Unavailable)",
    ]);
});

test("the demo offers its callers, and nothing is wrong with that for axe", async () => {
    const { page } = await open();
    await page.goto(ADDRESS);
    const caller = page.getByRole("button", { name: "acme, regular user" });
    await caller.waitFor();
    expect(await violations(page)).toEqual([]);
    await caller.press("Enter");
    await page.getByText(zone("Europe/Paris")).waitFor();
});

test("a staff member who acts for an account is named", async () => {
    const { page } = await open();
    await page.goto(`${ADDRESS}#token=${tokenOf("staff")}`);
    await page.getByText(zone("America/Toronto")).waitFor();
    expect(await page.getByText("sam@relay.example is acting for Northwind.").isVisible()).toBe(true);
});

test("below a path, all is found below that path", async () => {
    const { page, complaints } = await open();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${ADDRESS}mail/#token=${tokenOf("regular")}`);
    await page.getByRole("table").getByRole("row").nth(10).waitFor();
    expect(asked.filter((path) => !path.startsWith("/mail/"))).toEqual([]);
    expect(asked).toContain("/mail/graphql");
    expect(complaints).toEqual([]);
});

test("a browser that refuses its storage still shows the page", async () => {
    const { page, complaints } = await open();
    await page.addInitScript(() => {
        for (const kind of ["localStorage", "sessionStorage"]) {
            Object.defineProperty(window, kind, {
                get() {
                    throw new DOMException("Access is denied for this document.", "SecurityError");
                },
            });
        }
    });
    await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
    await page.getByRole("table").getByRole("row").nth(10).waitFor();
    expect(complaints).toEqual([]);
});

test("without JavaScript the page says what it needs, in both languages", async () => {
    const { page } = await open({ javaScriptEnabled: false });
    await page.goto(ADDRESS);
    expect(await page.locator("body").innerText()).toMatch(
        /This page needs JavaScript.*\s+Cette page a besoin de JavaScript/,
    );
});
