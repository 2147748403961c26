import { statusLabel } from "../../words/status";
import { writtenDay } from "../../words/instant";
import type { Words } from "../../words/words";
import { CONDITIONS, DEFAULT_VIEW, type View } from "../view";

/** A condition that a reader can take away, in words, and the change that does it. */
export interface ActiveFilter {
    readonly label: string;
    readonly removal: Partial<View>;
}

/** Every condition of the view that is not the page's own default, in the order of the page. */
export function activeFilters(view: View, words: Words, locale: string): ActiveFilter[] {
    const { filters, reasonNames } = words;
    const texts = (["search", ...CONDITIONS] as const)
        .filter((name) => view[name])
        .map((name) => ({ label: filters.named(filters.conditions[name], view[name]), removal: { [name]: "" } }));
    const statuses = view.statuses.map((status) => ({
        label: filters.named(filters.status, statusLabel(status, words)),
        removal: { statuses: view.statuses.filter((other) => other !== status) },
    }));
    const chosenReasons = view.reasons.map((reason) => ({
        label: filters.named(filters.reason, reasonNames[reason]),
        removal: { reasons: view.reasons.filter((other) => other !== reason) },
    }));
    return [...periodFilter(view, words, locale), ...texts, ...statuses, ...chosenReasons];
}

function periodFilter({ period }: View, { filters }: Words, locale: string): ActiveFilter[] {
    if (period === DEFAULT_VIEW.period) return [];
    const days =
        typeof period === "object"
            ? filters.days(writtenDay(period.from, locale), writtenDay(period.to, locale))
            : filters.presets[period];
    return [{ label: filters.named(filters.period, days), removal: { period: DEFAULT_VIEW.period } }];
}
