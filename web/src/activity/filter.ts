import type { PeriodInput, SmtpActivityFilter } from "../gql/graphql";
import type { Period, View } from "./view";

/** A view as the service is asked for it; `today` is the day in the account's zone. */
export function filterOf(view: View, today: string): SmtpActivityFilter {
    const filter: SmtpActivityFilter = { period: periodOf(view.period, today) };
    if (view.search) filter.search = view.search;
    if (view.recipient) filter.recipient = { contains: view.recipient };
    if (view.sender) filter.sender = { contains: view.sender };
    if (view.subject) filter.subject = { contains: view.subject };
    if (view.statuses.length) filter.status = [...view.statuses];
    if (view.reasons.length) filter.reasonCategory = [...view.reasons];
    if (view.messageId) filter.messageId = view.messageId;
    if (view.queueId) filter.queueId = view.queueId;
    return filter;
}

function periodOf(period: Period, today: string): PeriodInput {
    switch (period) {
        case "today":
            return { days: { from: today, to: today } };
        case "7d":
            return { lastDays: 7 };
        case "30d":
            return { lastDays: 30 };
        default:
            return { days: { ...period } };
    }
}
