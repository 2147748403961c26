import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { useMemo } from "react";
import type { CallerQuery } from "../gql/graphql";
import type { Session } from "../session/session";
import { createFetcher } from "./fetcher";
import { readyQueriesPlugin } from "./ReadyQueries";
import { Refusals } from "./Refusals";
import "graphiql/setup-workers/vite";
import "graphiql/style.css";

const WELCOME = `# Choose a ready query beside this editor, or write your own.
# Ctrl-Space lists what fits, the book shows what this token may ask.
# Nothing runs until you press Run (Ctrl-Enter).`;

interface Props {
    viewer: CallerQuery["viewer"];
    session: Session;
    base: string;
    storage: NonNullable<Parameters<typeof GraphiQL>[0]["storage"]>;
}

/** GraphiQL for one caller: asks with the session's token alone, and remembers in the browser's tab alone. */
export default function Workbench({ viewer, session, base, storage }: Props) {
    const fetcher = useMemo(() => createFetcher(session, base), [session, base]);
    const readyQueries = useMemo(() => readyQueriesPlugin(viewer), [viewer]);
    const plugins = useMemo(() => [readyQueries, HISTORY_PLUGIN], [readyQueries]);
    return (
        <GraphiQL
            fetcher={fetcher}
            storage={storage}
            plugins={plugins}
            visiblePlugin={readyQueries}
            defaultQuery={WELCOME}
            defaultEditorToolsVisibility="variables"
            // The fetcher sends the session's token and no header of the caller's.
            isHeadersEditorEnabled={false}
            shouldPersistHeaders={false}
        >
            <GraphiQL.Logo>{null}</GraphiQL.Logo>
            <GraphiQL.Footer>
                <Refusals />
            </GraphiQL.Footer>
        </GraphiQL>
    );
}
