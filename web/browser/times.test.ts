import { expect, test } from "vitest";
import { withBrowser } from "./chromium";
import { ADDRESS, tokenOf } from "./place";

const open = withBrowser();

// Sent an hour and a half before, and half an hour after, the clocks of Toronto (1 November, 06:00 UTC) and of Paris
// (25 October, 01:00 UTC) went back.
const TIMES: Record<string, { zone: string; shown: string[]; given: string[] }> = {
    toronto: {
        zone: "America/Toronto",
        shown: [
            "Nov 1, 2026, 1:30:00 AM",
            "Nov 1, 2026, 12:30:00 AM",
            "Oct 24, 2026, 9:30:00 PM",
            "Oct 24, 2026, 7:30:00 PM",
        ],
        given: [
            "2026-11-01T01:30:00.000-05:00",
            "2026-11-01T00:30:00.000-04:00",
            "2026-10-24T21:30:00.000-04:00",
            "2026-10-24T19:30:00.000-04:00",
        ],
    },
    paris: {
        zone: "Europe/Paris",
        shown: [
            "Nov 1, 2026, 7:30:00 AM",
            "Nov 1, 2026, 5:30:00 AM",
            "Oct 25, 2026, 2:30:00 AM",
            "Oct 25, 2026, 1:30:00 AM",
        ],
        given: [
            "2026-11-01T07:30:00.000+01:00",
            "2026-11-01T05:30:00.000+01:00",
            "2026-10-25T02:30:00.000+01:00",
            "2026-10-25T01:30:00.000+02:00",
        ],
    },
    kolkata: {
        zone: "Asia/Kolkata",
        shown: [
            "Nov 1, 2026, 12:00:00 PM",
            "Nov 1, 2026, 10:00:00 AM",
            "Oct 25, 2026, 7:00:00 AM",
            "Oct 25, 2026, 5:00:00 AM",
        ],
        given: [
            "2026-11-01T12:00:00.000+05:30",
            "2026-11-01T10:00:00.000+05:30",
            "2026-10-25T07:00:00.000+05:30",
            "2026-10-25T05:00:00.000+05:30",
        ],
    },
};

test.each(Object.entries(TIMES))(
    "times are those of the account in %s, across a change of the clocks",
    async (caller, { zone, shown, given }) => {
        const { page } = await open();
        await page.goto(`${ADDRESS}#token=${tokenOf(caller)}`);
        const times = page.getByRole("table").locator("time");
        await times.nth(3).waitFor();
        expect(await times.allInnerTexts()).toEqual(shown);
        expect(await times.evaluateAll((all) => all.map((time) => time.getAttribute("datetime")))).toEqual(given);
        expect(await page.getByText(`All times in ${zone}.`).count()).toBe(1);
    },
);
