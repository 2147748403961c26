import { expect, test } from "vitest";
import { filterOf } from "./filter";
import { DEFAULT_VIEW } from "./view";

test("the default view asks for the last 30 days and nothing else", () => {
    expect(filterOf(DEFAULT_VIEW, "2026-11-23")).toEqual({ period: { lastDays: 30 } });
});

test("today is a day of the account's zone", () => {
    expect(filterOf({ ...DEFAULT_VIEW, period: "today" }, "2026-11-23").period).toEqual({
        days: { from: "2026-11-23", to: "2026-11-23" },
    });
});

test("every condition of a view is asked for", () => {
    const view = {
        period: { from: "2026-10-01", to: "2026-10-31" },
        search: "order",
        recipient: "@example.com",
        sender: "billing",
        subject: "invoice",
        statuses: ["SOFT_BOUNCE"],
        reasons: ["MAILBOX_FULL"],
        messageId: "1@northwind.example",
        queueId: "4XyZ",
        opened: "an id",
    } as const;
    expect(filterOf(view, "2026-11-23")).toEqual({
        period: { days: { from: "2026-10-01", to: "2026-10-31" } },
        search: "order",
        recipient: { contains: "@example.com" },
        sender: { contains: "billing" },
        subject: { contains: "invoice" },
        status: ["SOFT_BOUNCE"],
        reasonCategory: ["MAILBOX_FULL"],
        messageId: "1@northwind.example",
        queueId: "4XyZ",
    });
});
