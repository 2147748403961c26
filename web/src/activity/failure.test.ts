import { CombinedError } from "urql";
import { expect, test } from "vitest";
import { failureOf, refusalOf } from "./failure";

const ANSWER = new Response(null, { status: 429, headers: { "x-request-id": "a1b2c3", "Retry-After": "20" } });

test("a budget that is spent is told in the service's words, to be tried again", () => {
    const told = { message: "The points of this minute are spent.", extensions: { code: "RATE_LIMITED" } };
    expect(failureOf(new CombinedError({ graphQLErrors: [told], response: ANSWER }))).toEqual({
        kind: "failed",
        message: told.message,
        requestId: "a1b2c3",
    });
});

test.each([
    ["FORBIDDEN", "notAllowed"],
    ["SMTP_PLAN_REQUIRED", "noPlan"],
])("%s is a state of its own", (code, kind) => {
    expect(failureOf(new CombinedError({ graphQLErrors: [{ message: "No.", extensions: { code } }] }))).toEqual({
        kind,
    });
});

test.each([
    [["ACCESS_SMTP_ACTIVITIES"], true, null],
    [["ACCESS_SMTP_ACTIVITIES"], false, { kind: "noPlan" }],
    // The permission first, as the service says it.
    [[], false, { kind: "notAllowed" }],
] as const)("a caller with %s, an active plan: %s", (permissions, hasActiveSmtpPlan, refusal) => {
    const account = { name: "Northwind", timeZone: "America/Toronto", hasActiveSmtpPlan, recordedUpTo: null };
    expect(refusalOf({ role: "CUSTOM", permissions: [...permissions], actor: null, account })).toEqual(refusal);
});
