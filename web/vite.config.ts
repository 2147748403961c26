import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
    // Relative addresses: the pages work below any path prefix.
    base: "./",
    plugins: [react()],
    build: {
        // A data: address for a small file would need an exception in the Content-Security-Policy.
        assetsInlineLimit: 0,
        // For size.test.ts.
        manifest: true,
        rolldownOptions: {
            input: ["index.html", "graphiql.html"],
            // GraphiQL's packages carry directives for a compiler that is not used here.
            checks: { moduleLevelDirective: false },
        },
        // In kB: Monaco, GraphiQL's editor, is one chunk of its own.
        chunkSizeWarningLimit: 3_000,
    },
    test: {
        projects: [
            { extends: true, test: { name: "unit", include: ["*.test.ts", "src/**/*.test.{ts,tsx}"] } },
            {
                extends: true,
                // One browser, one server: the files take turns.
                test: {
                    name: "browser",
                    include: ["browser/**/*.test.ts"],
                    fileParallelism: false,
                    testTimeout: 30_000,
                    hookTimeout: 60_000,
                },
            },
        ],
    },
});
