/** What the page asks; its types are generated from these documents and the schema. */
import { graphql } from "../gql";

export const ACTIVITIES = graphql(`
    query Activities($filter: SmtpActivityFilter!, $after: String, $language: Language!) {
        smtpActivities(first: 50, after: $after, filter: $filter) {
            nodes {
                ...ActivityRow
            }
            pageInfo {
                hasNextPage
                startCursor
                endCursor
            }
        }
    }

    fragment ActivityRow on SmtpActivity {
        id
        sentAt
        status
        recipient
        subject
        sender
        reason {
            category
            responsibility
            explanation(language: $language)
            message
            smtpCode
            enhancedCode
        }
    }
`);

export const COUNTS = graphql(`
    query Counts($filter: SmtpActivityFilter!) {
        smtpActivities(first: 0, filter: $filter) {
            statusCounts {
                status
                count
            }
        }
    }
`);

/** What stands before a cursor by now; without one, everything. */
export const ARRIVALS = graphql(`
    query Arrivals($filter: SmtpActivityFilter!, $before: String) {
        smtpActivities(last: 100, before: $before, filter: $filter) {
            nodes {
                id
            }
            pageInfo {
                hasPreviousPage
            }
        }
    }
`);
