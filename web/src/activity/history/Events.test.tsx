import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
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
