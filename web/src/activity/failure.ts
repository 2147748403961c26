import type { CombinedError } from "urql";
import type { CallerQuery } from "../gql/graphql";

/** Why there are no rows to show, apart from there being none. */
export type Failure =
    | { readonly kind: "notAllowed" }
    | { readonly kind: "noPlan" }
    | { readonly kind: "failed"; readonly message: string; readonly requestId: string | null };

/** What the service would answer to this caller, known before anything is asked; null for one who may see activities. */
export function refusalOf({ permissions, account }: CallerQuery["viewer"]): Failure | null {
    if (!permissions.includes("ACCESS_SMTP_ACTIVITIES")) return { kind: "notAllowed" };
    return account.hasActiveSmtpPlan ? null : { kind: "noPlan" };
}

export function failureOf(error: CombinedError): Failure {
    const codes = error.graphQLErrors.map(({ extensions }) => extensions.code);
    if (codes.includes("FORBIDDEN")) return { kind: "notAllowed" };
    if (codes.includes("SMTP_PLAN_REQUIRED")) return { kind: "noPlan" };
    const message = error.graphQLErrors[0]?.message ?? error.networkError?.message ?? error.message;
    return { kind: "failed", message, requestId: requestIdOf(error) };
}

function requestIdOf(error: CombinedError): string | null {
    const answer: Response | undefined = error.response;
    return answer?.headers.get("x-request-id") ?? null;
}
