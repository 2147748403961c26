import axe from "axe-core";
import type { Page } from "playwright-core";

/** What axe-core finds wrong with the page as it is now: the rule, and where. */
export async function violations(page: Page): Promise<string[]> {
    // Evaluated, not added as a script: that the page's Content-Security-Policy would refuse.
    await page.evaluate(axe.source);
    return page.evaluate(async () => {
        const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
    });
}
