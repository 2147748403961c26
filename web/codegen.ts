import type { CodegenConfig } from "@graphql-codegen/cli";

/** Types of the schema and of every document in src/, into src/gql/ (ignored by git). */
const config: CodegenConfig = {
    schema: "../schema.graphql",
    documents: ["src/**/*.{ts,tsx}", "!src/gql/**"],
    generates: {
        "src/gql/": {
            preset: "client",
            presetConfig: { fragmentMasking: false },
            config: { useTypeImports: true, strictScalars: true, scalars: { Date: "string", DateTime: "string" } },
        },
    },
};

export default config;
