/** What a history asks for. */
import { graphql } from "../../gql";
import type { HistoryQuery } from "../../gql/graphql";

/** As many as the service tells at once. */
export const LATEST_EVENTS = 200;

export const HISTORY = graphql(`
    query History($id: ID!, $language: Language!, $latest: Int!) {
        smtpActivity(id: $id) {
            ...ActivityRow
            statusExplanation(language: $language)
            statusChangedAt
            deliveredTo
            envelopeSender
            attemptCount
            messageId
            queueId
            relay
            credential
            events(last: $latest) {
                occurredAt
                status
                remoteHost
                response
                outOfBand
            }
        }
        smtpActivities(first: 100, filter: { sameMessageAs: $id }) {
            nodes {
                id
                recipient
                status
            }
            pageInfo {
                hasNextPage
            }
        }
    }
`);

export type ActivityHistory = NonNullable<HistoryQuery["smtpActivity"]>;
export type HistoryEvent = ActivityHistory["events"][number];
export type SameMessage = NonNullable<HistoryQuery["smtpActivities"]>;
