/** What the reader looks at, and how it stands in the page's address: the only module that reads or writes it. */
import type { SmtpActivityReasonCategory, SmtpActivityStatus } from "../gql/graphql";
import { en } from "../words/en";

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

/** A parameter of the address that cannot be read, as it stands there. */
export interface Fault {
    readonly kind: "period" | "status" | "reason" | "blank" | "repeated";
    readonly name: string;
    readonly value: string;
}

/** The view of an address, without what the faults name. */
export interface ParsedView {
    readonly view: View;
    readonly faults: readonly Fault[];
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

export const PRESETS = ["today", "7d", "30d"] as const;
/** The conditions on a text, in the order of the advanced search. */
export const CONDITIONS = ["recipient", "sender", "subject", "messageId", "queueId"] as const;
// The words have a line for every value of the schema's enum: the compiler holds it.
export const STATUSES = Object.keys(en.statuses) as SmtpActivityStatus[];
export const REASONS = Object.keys(en.reasonNames) as SmtpActivityReasonCategory[];

const TEXTS = ["search", ...CONDITIONS, "opened"] as const;
const DAYS = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/;

/** The shortest parameters that give the view again: what has its default is left out. */
export function printView(view: View): URLSearchParams {
    const given = new URLSearchParams();
    if (view.period !== DEFAULT_VIEW.period) given.set("period", printPeriod(view.period));
    for (const name of TEXTS) if (view[name]) given.set(name, view[name]);
    for (const status of view.statuses) given.append("status", status);
    for (const reason of view.reasons) given.append("reason", reason);
    return given;
}

function printPeriod(period: Period): string {
    return typeof period === "object" ? `${period.from}..${period.to}` : period;
}

/** The view of an address, and every parameter of the page that does not say what it should. */
export function parseView(given: URLSearchParams): ParsedView {
    const faults: Fault[] = [];
    const single = (name: string) => {
        const [value, second] = given.getAll(name);
        if (second !== undefined) faults.push({ kind: "repeated", name, value: second });
        return value;
    };
    const text = (name: string) => {
        const value = single(name) ?? "";
        if (value === "" || value.trim() !== "") return value;
        faults.push({ kind: "blank", name, value });
        return "";
    };
    const choices = <Choice extends string>(name: "status" | "reason", known: readonly Choice[]) => {
        const chosen = [...new Set(given.getAll(name))];
        const isKnown = (value: string): value is Choice => (known as readonly string[]).includes(value);
        for (const value of chosen) if (!isKnown(value)) faults.push({ kind: name, name, value });
        return chosen.filter(isKnown);
    };
    const days = single("period");
    const period = days === undefined ? DEFAULT_VIEW.period : parsePeriod(days);
    if (period === null) faults.push({ kind: "period", name: "period", value: days ?? "" });
    const view = {
        ...DEFAULT_VIEW,
        ...Object.fromEntries(TEXTS.map((name) => [name, text(name)])),
        period: period ?? DEFAULT_VIEW.period,
        statuses: choices("status", STATUSES),
        reasons: choices("reason", REASONS),
    };
    return { view, faults };
}

function parsePeriod(text: string): Period | null {
    const preset = PRESETS.find((name) => name === text);
    if (preset) return preset;
    const [, from, to] = DAYS.exec(text) ?? [];
    return from && to && isDay(from) && isDay(to) && from <= to ? { from, to } : null;
}

function isDay(text: string): boolean {
    const day = new Date(`${text}T00:00:00Z`);
    return !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(text);
}
