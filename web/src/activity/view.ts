/** What the reader looks at, and how it stands in the page's address: the only module that reads or writes it. */
import type { SmtpActivityReasonCategory, SmtpActivityStatus } from "../gql/graphql";

/** A preset that moves with the clock, or whole days of the account's zone (YYYY-MM-DD), both included. */
export type Period = "today" | "7d" | "30d" | { readonly from: string; readonly to: string };

/** Text is empty and a list is empty where nothing is asked. */
export interface View {
    readonly period: Period;
    readonly search: string;
    readonly recipient: string;
    readonly sender: string;
    readonly subject: string;
    readonly statuses: readonly SmtpActivityStatus[];
    readonly reasons: readonly SmtpActivityReasonCategory[];
    readonly messageId: string;
    readonly queueId: string;
    /** The id of the activity whose history is open. */
    readonly opened: string;
}

export const DEFAULT_VIEW: View = {
    period: "30d",
    search: "",
    recipient: "",
    sender: "",
    subject: "",
    statuses: [],
    reasons: [],
    messageId: "",
    queueId: "",
    opened: "",
};

const TEXTS = ["search", "recipient", "sender", "subject", "messageId", "queueId", "opened"] as const;
const DAYS = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/;

/** The shortest parameters that give the view again: what has its default is left out. */
export function printView(view: View): URLSearchParams {
    const given = new URLSearchParams();
    if (typeof view.period === "object") given.set("period", `${view.period.from}..${view.period.to}`);
    else if (view.period !== DEFAULT_VIEW.period) given.set("period", view.period);
    for (const name of TEXTS) if (view[name]) given.set(name, view[name]);
    for (const status of view.statuses) given.append("status", status);
    for (const reason of view.reasons) given.append("reason", reason);
    return given;
}

/** The view of an address. A status or reason is taken as it stands: the service names one that it does not know. */
export function parseView(given: URLSearchParams): View {
    const texts = Object.fromEntries(TEXTS.map((name) => [name, given.get(name) ?? ""]));
    return {
        ...DEFAULT_VIEW,
        ...texts,
        period: parsePeriod(given.get("period")),
        statuses: given.getAll("status") as SmtpActivityStatus[],
        reasons: given.getAll("reason") as SmtpActivityReasonCategory[],
    };
}

function parsePeriod(text: string | null): Period {
    if (text === "today" || text === "7d" || text === "30d") return text;
    const [, from, to] = DAYS.exec(text ?? "") ?? [];
    return from && to ? { from, to } : DEFAULT_VIEW.period;
}
