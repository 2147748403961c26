import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const AXE = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds wrong with the page as it stands: each rule with the elements that break it. */
export async function violations(page: Page): Promise<{ rule: string; at: string[] }[]> {
    await page.evaluate(await AXE);
    const found = (await page.evaluate("axe.run()")) as AxeResults;
    return found.violations.map(({ id, nodes }) => ({ rule: id, at: nodes.map(({ html }) => html) }));
}
