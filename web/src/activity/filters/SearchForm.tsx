import type { FormEvent } from "react";
import type { SmtpActivityReasonCategory, SmtpActivityStatus } from "../../gql/graphql";
import { useSpeech } from "../../words/words";
import { CONDITIONS, REASONS, STATUSES } from "../view";
import { Choices } from "./Choices";
import type { FiltersProps } from "./Filters";
import { useFormOf } from "./useFormOf";

/** The one search box, and the advanced search that opens below it; Enter in any field asks for all of them. */
export function SearchForm({ view, onChange }: FiltersProps) {
    const { filters, statuses, reasonNames } = useSpeech().words;
    const form = useFormOf(view);
    const ask = (event: FormEvent<HTMLFormElement>) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        const text = (name: string) => String(given.get(name)).trim();
        onChange({
            ...Object.fromEntries(["search", ...CONDITIONS].map((name) => [name, text(name)])),
            statuses: given.getAll("status") as SmtpActivityStatus[],
            reasons: given.getAll("reason") as SmtpActivityReasonCategory[],
        });
    };
    return (
        <form role="search" ref={form} onSubmit={ask}>
            <div className="line">
                <label className="search">
                    {filters.search} <input type="search" name="search" maxLength={200} defaultValue={view.search} />
                </label>
                <button type="submit">{filters.show}</button>
            </div>
            <details>
                <summary>{filters.advanced}</summary>
                <div className="conditions">
                    {CONDITIONS.map((name) => (
                        <label key={name}>
                            {filters.conditions[name]}{" "}
                            <input name={name} defaultValue={view[name]} spellCheck={false} />
                        </label>
                    ))}
                </div>
                <Choices
                    legend={filters.status}
                    name="status"
                    all={STATUSES}
                    chosen={view.statuses}
                    labels={statuses}
                />
                <Choices
                    legend={filters.reason}
                    name="reason"
                    all={REASONS}
                    chosen={view.reasons}
                    labels={reasonNames}
                />
                <button type="submit">{filters.show}</button>
            </details>
        </form>
    );
}
