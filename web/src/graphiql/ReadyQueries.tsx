import { type GraphiQLPlugin, MagnifyingGlassIcon, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import type { CallerQuery } from "../gql/graphql";
import { dayIn } from "../words/instant";
import { PERMISSIONS } from "./callerWords";
import { READY_QUERIES, type ReadyQuery } from "./questions";

type Viewer = CallerQuery["viewer"];

/** The ready queries beside the editors, for one caller. */
export function readyQueriesPlugin(viewer: Viewer): GraphiQLPlugin {
    return {
        title: "Ready queries",
        icon: MagnifyingGlassIcon,
        content: () => <ReadyQueries viewer={viewer} />,
    };
}

function ReadyQueries({ viewer }: { viewer: Viewer }) {
    const show = useShow(viewer.account.timeZone);
    return (
        <section className="ready-queries" aria-label="Ready queries">
            <div className="graphiql-doc-explorer-title">Ready queries</div>
            {viewer.permissions.includes("ACCESS_SMTP_ACTIVITIES") ? (
                <>
                    <p>Each opens in the editor. Change the values below it, then press Run.</p>
                    <ul>
                        {READY_QUERIES.map((query) => (
                            <li key={query.question}>
                                <button type="button" disabled={!show} onClick={() => show?.(query)}>
                                    {query.question}
                                </button>
                            </li>
                        ))}
                    </ul>
                </>
            ) : (
                <p>They need the permission “{PERMISSIONS.ACCESS_SMTP_ACTIVITIES}”, which this token does not carry.</p>
            )}
        </section>
    );
}

/** Shows a ready query without running it; what stands in the editor stays, in a tab of its own. Null until there is one. */
function useShow(zone: string): ((query: ReadyQuery) => void) | null {
    const { addTab } = useGraphiQLActions();
    const [queryEditor, variableEditor, defaultQuery] = useGraphiQL(
        (state) => [state.queryEditor, state.variableEditor, state.defaultQuery] as const,
    );
    if (!queryEditor || !variableEditor) return null;
    return ({ document, variables }) => {
        const written = queryEditor.getValue();
        if (written && written !== defaultQuery) addTab();
        queryEditor.setValue(document.trimEnd());
        variableEditor.setValue(JSON.stringify(variables(dayIn(zone, new Date())), null, 2));
        queryEditor.focus();
    };
}
