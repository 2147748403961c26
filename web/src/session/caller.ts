/** Who is signed in, and what they may. */
import { graphql } from "../gql";

export const CALLER = graphql(`
    query Caller {
        viewer {
            role
            permissions
            actor
            account {
                name
                timeZone
                hasActiveSmtpPlan
                recordedUpTo
            }
        }
    }
`);
