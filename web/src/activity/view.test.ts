import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_VIEW, parseView, printView, type View } from "./view";

const day = fc
    .date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
// The page asks for no blank text: the service would refuse it.
const text = fc.string({ unit: "grapheme" }).map((given) => (given.trim() ? given : ""));
const inOrder = (days: string[]) => ({ from: days.toSorted()[0] ?? "", to: days.toSorted()[1] ?? "" });
const view: fc.Arbitrary<View> = fc.record({
    period: fc.oneof(
        fc.constantFrom("today", "7d", "30d"),
        fc.uniqueArray(day, { minLength: 2, maxLength: 2 }).map(inOrder),
    ),
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
            expect(parseView(new URLSearchParams(`${printView(given)}`))).toEqual({ view: given, faults: [] });
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

test.each([
    "yesterday",
    "2026-10-01",
    "2026-10-01..",
    "2026-02-30..2026-03-01",
    "2026-13-01..2026-13-02",
    "2026-10-02..2026-10-01",
    "",
])("the period %j is not one: the address is at fault", (period) => {
    expect(parseView(new URLSearchParams({ period })).faults).toEqual([
        { kind: "period", name: "period", value: period },
    ]);
});

test("a status and a reason that do not exist, a blank text and a second value are faults, the rest of the view holds", () => {
    const { view, faults } = parseView(
        new URLSearchParams(
            "status=LOST&status=DELIVERED&reason=MOON&recipient=+&search=a&search=b&queueId=4XyZ&utm_source=mail",
        ),
    );
    expect(view).toEqual({ ...DEFAULT_VIEW, statuses: ["DELIVERED"], search: "a", queueId: "4XyZ" });
    expect(faults).toEqual([
        { kind: "repeated", name: "search", value: "b" },
        { kind: "blank", name: "recipient", value: " " },
        { kind: "status", name: "status", value: "LOST" },
        { kind: "reason", name: "reason", value: "MOON" },
    ]);
});

test("an address with faults that the view is printed from is whole", () => {
    const { view } = parseView(new URLSearchParams("period=yesterday&status=LOST&sender=billing"));
    expect(`${printView(view)}`).toBe("sender=billing");
});
