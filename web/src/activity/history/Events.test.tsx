import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { LATEST_EVENTS } from "./document";
import { Events } from "./Events";
import { LATE_BOUNCE } from "./lateBounce.fixture";

test("only what a bounce message reported later is marked", () => {
    const html = renderToStaticMarkup(
        <Events events={LATE_BOUNCE.events} attempts={LATE_BOUNCE.attemptCount} zone="America/Toronto" />,
    );
    const [, delivered, bounced] = html.split("<li>");
    expect(delivered).toContain("Delivered");
    expect(delivered).not.toContain("Reported later");
    expect(bounced).toContain("Reported later, by a bounce message");
});

test("a story that is longer than what is shown says so", () => {
    const said = (number: number) =>
        renderToStaticMarkup(
            <Events
                events={Array(number).fill(LATE_BOUNCE.events[0])}
                attempts={LATE_BOUNCE.attemptCount}
                zone="America/Toronto"
            />,
        ).includes(`The latest ${LATEST_EVENTS} events are shown.`);
    expect([said(LATEST_EVENTS), said(LATEST_EVENTS - 1)]).toEqual([true, false]);
});
