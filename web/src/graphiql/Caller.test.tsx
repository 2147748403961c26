import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { CallerQuery } from "../gql/graphql";
import { Caller } from "./Caller";

const VIEWER: CallerQuery["viewer"] = {
    role: "CUSTOM",
    permissions: [],
    actor: null,
    account: { name: "Northwind", timeZone: "America/Toronto", hasActiveSmtpPlan: true, recordedUpTo: null },
};

test.each([
    [{}, ["Northwind", "Custom user", "None"]],
    [{ actor: "sam@relay.example" }, ["Northwind (sam@relay.example is acting for it)", "Custom user", "None"]],
    [
        { role: "ADMINISTRATOR", permissions: ["ACCESS_SMTP_ACTIVITIES", "MANAGE_ACCESS_TOKENS"] } as const,
        ["Northwind", "Administrator", "Access SMTP activities, Manage access tokens"],
    ],
])("the caller is told: %j", (viewer, told) => {
    const markup = renderToStaticMarkup(<Caller viewer={{ ...VIEWER, ...viewer } as typeof VIEWER} />);
    expect([...markup.matchAll(/<dd>(.*?)<\/dd>/g)].map(([, words]) => words)).toEqual(told);
});
