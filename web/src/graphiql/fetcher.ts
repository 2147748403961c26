import type { GraphiQLProps } from "graphiql";
import { getIntrospectionQuery } from "graphql";
import type { Session } from "../session/session";

// GraphiQL's own does not ask which inputs are @oneOf, and could then not help with the filter.
const INTROSPECTION = getIntrospectionQuery({
    inputValueDeprecation: true,
    oneOf: true,
    schemaDescription: true,
    specifiedByUrl: true,
});

/** Asks as the session's caller; a token that the service refuses ends the session. */
export function createFetcher(session: Pick<Session, "state" | "refuse">, base: string): GraphiQLProps["fetcher"] {
    return async ({ query, variables, operationName }) => {
        const { token } = session.state;
        const answer = await fetch(new URL("graphql", base), {
            method: "POST",
            headers: {
                Accept: "application/graphql-response+json, application/json",
                Authorization: `Bearer ${token}`,
                "Content-Type": "application/json",
            },
            body: JSON.stringify({
                query: operationName === "IntrospectionQuery" ? INTROSPECTION : query,
                variables,
                operationName,
            }),
        });
        if (answer.status === 401 && token !== null) session.refuse(token);
        if (!answer.headers.get("Content-Type")?.includes("json")) {
            throw new Error(`The service answered with ${answer.status}, and not in JSON.`);
        }
        return answer.json();
    };
}
