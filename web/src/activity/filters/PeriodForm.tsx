import type { FormEvent } from "react";
import { useSpeech } from "../../words/words";
import { PRESETS } from "../view";
import type { FiltersProps } from "./Filters";
import { useFormOf } from "./useFormOf";

/** The presets, and two days of the account's zone for any earlier period. */
export function PeriodForm({ view, onChange, today }: FiltersProps & { today: string }) {
    const { filters } = useSpeech().words;
    const form = useFormOf(view);
    const days = typeof view.period === "object" ? view.period : { from: "", to: "" };
    const ask = (event: FormEvent<HTMLFormElement>) => {
        event.preventDefault();
        // In whichever order the two were given: the days between them are meant.
        const [from = "", to = ""] = new FormData(event.currentTarget).getAll("day").map(String).toSorted();
        onChange({ period: { from, to } });
    };
    return (
        <form className="line" ref={form} onSubmit={ask} aria-label={filters.period}>
            <div role="group" aria-label={filters.period}>
                {PRESETS.map((preset) => (
                    <button
                        type="button"
                        key={preset}
                        aria-pressed={view.period === preset}
                        onClick={() => onChange({ period: preset })}
                    >
                        {filters.presets[preset]}
                    </button>
                ))}
            </div>
            <label>
                {filters.from} <input type="date" name="day" required max={today} defaultValue={days.from} />
            </label>
            <label>
                {filters.to} <input type="date" name="day" required max={today} defaultValue={days.to} />
            </label>
            <button type="submit">{filters.showPeriod}</button>
        </form>
    );
}
