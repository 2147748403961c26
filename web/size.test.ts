import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

/** What Vite writes of each file that it built (build.manifest). */
interface Built {
    readonly file: string;
    readonly imports?: readonly string[];
    readonly dynamicImports?: readonly string[];
}

const DIST = new URL("dist/", import.meta.url);

/** The script files that a page may load, those that it loads only when they are needed among them. */
function scriptsOf(page: string): Set<string> {
    const manifest: Record<string, Built> = JSON.parse(readFileSync(new URL(".vite/manifest.json", DIST), "utf8"));
    const found = new Set<string>();
    const add = (name: string) => {
        const built = manifest[name];
        if (!built) throw new Error(`The manifest does not know ${name}.`);
        if (found.has(built.file)) return;
        found.add(built.file);
        for (const next of [...(built.imports ?? []), ...(built.dynamicImports ?? [])]) add(next);
    };
    add(page);
    return found;
}

test("the Activity page's script is under 150 KB, compressed", () => {
    const files = [...scriptsOf("index.html")].map((file) => readFileSync(new URL(file, DIST)));
    const size = files.reduce((sum, file) => sum + gzipSync(file).length, 0);
    expect(files.length).toBeGreaterThan(0);
    expect(size).toBeLessThan(150_000);
});
