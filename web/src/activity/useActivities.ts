import { useCallback, useEffect, useReducer, useRef } from "react";
import { useClient } from "urql";
import type { ActivityRowFragment, Language, SmtpActivityFilter } from "../gql/graphql";
import { ACTIVITIES } from "./documents";
import { type Failure, failureOf } from "./failure";

/** The rows loaded so far, and what can follow. */
export interface Activities {
    readonly rows: readonly ActivityRowFragment[];
    readonly loading: boolean;
    readonly hasMore: boolean;
    readonly failure: Failure | null;
    /** The cursor of the first row; null where there is none. */
    readonly newest: string | null;
}

interface Loaded extends Activities {
    readonly cursor: string | null;
}

type Step =
    | { readonly type: "started"; readonly anew: boolean }
    | {
          readonly type: "page";
          readonly rows: ActivityRowFragment[];
          readonly hasMore: boolean;
          readonly first: string | null;
          readonly cursor: string | null;
      }
    | { readonly type: "failed"; readonly failure: Failure };

const NOTHING: Loaded = { rows: [], loading: true, hasMore: false, failure: null, newest: null, cursor: null };

function after(loaded: Loaded, step: Step): Loaded {
    switch (step.type) {
        case "started":
            return step.anew ? NOTHING : { ...loaded, loading: true, failure: null };
        case "page":
            return {
                rows: [...loaded.rows, ...step.rows],
                loading: false,
                hasMore: step.hasMore,
                failure: null,
                newest: loaded.newest ?? step.first,
                cursor: step.cursor,
            };
        case "failed":
            return { ...loaded, loading: false, failure: step.failure };
    }
}

/** Pages of activities, one after the other on their cursors; from the start again when what is asked changes. */
export function useActivities(filter: SmtpActivityFilter, language: Language) {
    const client = useClient();
    const [loaded, step] = useReducer(after, NOTHING);
    const asked = JSON.stringify({ filter, language });
    // Counts the starts: what an earlier one asked for is no page of this one.
    const start = useRef(0);

    const load = useCallback(
        async (cursor: string | null) => {
            if (cursor === null) start.current += 1;
            const mine = start.current;
            step({ type: "started", anew: cursor === null });
            const { data, error } = await client.query(ACTIVITIES, { ...JSON.parse(asked), after: cursor });
            if (start.current !== mine) return;
            const page = data?.smtpActivities;
            if (error) step({ type: "failed", failure: failureOf(error) });
            else if (page)
                step({
                    type: "page",
                    rows: page.nodes,
                    hasMore: page.pageInfo.hasNextPage,
                    first: page.pageInfo.startCursor,
                    cursor: page.pageInfo.endCursor,
                });
        },
        [client, asked],
    );

    useEffect(() => void load(null), [load]);

    const loadMore = useCallback(() => {
        if (!loaded.loading && loaded.hasMore && !loaded.failure) void load(loaded.cursor);
    }, [load, loaded]);

    return { activities: loaded as Activities, loadMore, reload: useCallback(() => void load(null), [load]) };
}
