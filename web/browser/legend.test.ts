import { expect, test } from "vitest";
import { violations } from "./axe";
import { withBrowser } from "./chromium";
import { ADDRESS, tokenOf } from "./place";

const open = withBrowser();

test.each([
    [
        "en",
        "What the statuses mean",
        "→ Accepted",
        "Our relay has the message and will send it. There is nothing to do.",
    ],
    [
        "fr",
        "Ce que signifient les statuts",
        "→ Accepté",
        "Notre relais a bien reçu le message et va l'envoyer. Il n'y a rien à faire.",
    ],
])(
    "the keyboard opens the legend: seven statuses, what they mean, what to do (%s)",
    async (locale, name, term, said) => {
        const { page, complaints } = await open({ locale });
        await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
        const legend = page.getByRole("group").filter({ hasText: name });
        await legend.getByText(name).press("Enter");
        await legend.getByText(said).waitFor();
        expect(await legend.locator("dt").allInnerTexts()).toHaveLength(7);
        expect(await legend.locator("dt", { hasText: term }).locator("+ dd").innerText()).toBe(said);
        expect(await violations(page)).toEqual([]);
        expect(complaints).toEqual([]);
    },
);

test("a legend that could not be loaded says so, and is loaded when it is opened again", async () => {
    const { page } = await open();
    await page.route("**/status-explanations.json", (route) => route.abort(), { times: 1 });
    await page.goto(`${ADDRESS}#token=${tokenOf("regular")}`);
    const heading = page.getByText("What the statuses mean");
    await heading.click();
    await page.getByText("The explanations could not be loaded.").waitFor();
    await heading.click();
    await heading.click();
    await page.locator("dd").first().waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
});
