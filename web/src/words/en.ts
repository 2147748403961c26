import type { SmtpActivityStatus } from "../gql/graphql";

/** Every line that the pages say, in English. A line with a figure in it is a function of that figure. */
export const en = {
    activity: "Activity",
    language: "Language",
    statuses: {
        REJECTED: "Rejected",
        ACCEPTED: "Accepted",
        PENDING: "Pending",
        DELIVERED: "Delivered",
        DEFERRED: "Deferred",
        SOFT_BOUNCE: "Soft bounce",
        HARD_BOUNCE: "Hard bounce",
    } satisfies Record<SmtpActivityStatus, string>,
    columns: { sentAt: "Date", status: "Status", recipient: "Recipient", subject: "Subject", sender: "Sender" },
    timesIn: (zone: string) => `All times in ${zone}.`,
    noSubject: "(no subject)",
    nullSender: "(none: a bounce message)",
    actingFor: (actor: string, account: string) => `${actor} is acting for ${account}.`,
    loading: "Loading…",
    nothingFound: "Nothing found.",
    recordedUpTo: (instant: string) => `Events are recorded up to ${instant}.`,
    nothingRecorded: "No event is recorded yet.",
    notAllowed: "You may not see SMTP activities. An administrator of your account can grant “Access SMTP activities”.",
    noPlan: "Your account has no active SMTP plan: activities are shown with one.",
    failed: "The activities could not be loaded.",
    requestId: (id: string) => `Request id: ${id}`,
    tryAgain: "Try again",
    signIn: {
        heading: "Sign in",
        needed: "This page needs an access token of your relay.",
        refused: "Your access token is no longer accepted: it may have ended. Give another one.",
        token: "Access token",
        enter: "Show activity",
        leave: "Sign out",
    },
};
