import { readFileSync } from "node:fs";
import { buildSchema, getVariableValues, type OperationDefinitionNode, parse, validate } from "graphql";
import { expect, test } from "vitest";
import { READY_QUERIES } from "./questions";

const schema = buildSchema(readFileSync(new URL("../../../schema.graphql", import.meta.url), "utf8"));

test.each(READY_QUERIES)(
    "“$question” is valid, and so are the values that it starts from",
    ({ document, variables }) => {
        const parsed = parse(document);
        expect(validate(schema, parsed)).toEqual([]);
        const { variableDefinitions = [] } = parsed.definitions[0] as OperationDefinitionNode;
        const given = variables("2026-11-23");
        expect(getVariableValues(schema, variableDefinitions, given)).toEqual({ coerced: given });
    },
);

test("a ready query's first line is its question", () => {
    const firstLines = READY_QUERIES.map(({ document }) => document.split("\n")[0]);
    expect(firstLines).toEqual(READY_QUERIES.map(({ question }) => expect.stringContaining(`# ${question}`)));
});
