import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_VIEW, parseView, printView, type View } from "./view";

const day = fc
    .date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
const text = fc.string({ unit: "grapheme" });
const view: fc.Arbitrary<View> = fc.record({
    period: fc.oneof(fc.constantFrom("today", "7d", "30d"), fc.record({ from: day, to: day })),
    search: text,
    recipient: text,
    sender: text,
    subject: text,
    statuses: fc.subarray(["REJECTED", "DELIVERED", "HARD_BOUNCE"]),
    reasons: fc.subarray(["MAILBOX_FULL", "OTHER"]),
    messageId: text,
    queueId: text,
    opened: text,
});

test("a view's address gives the same view", () => {
    fc.assert(
        fc.property(view, (given) => {
            expect(parseView(new URLSearchParams(`${printView(given)}`))).toEqual(given);
        }),
    );
});

test("the default view needs nothing in the address", () => {
    expect(`${printView(DEFAULT_VIEW)}`).toBe("");
});

test("an address reads as it was meant", () => {
    expect(
        `${printView({ ...DEFAULT_VIEW, period: { from: "2026-10-01", to: "2026-10-31" }, search: "reçu 1" })}`,
    ).toBe("period=2026-10-01..2026-10-31&search=re%C3%A7u+1");
});

test.each(["yesterday", "2026-10-01", "2026-10-01..", ""])("the period %j is not one: the default", (period) => {
    expect(parseView(new URLSearchParams({ period }))).toEqual(DEFAULT_VIEW);
});
