import { useRef } from "react";
import { useSpeech } from "../../words/words";
import { DEFAULT_VIEW, type View } from "../view";
import { activeFilters } from "./activeFilters";
import type { FiltersProps } from "./Filters";

/** The conditions that hold, each removable, and all of them at once. */
export function ActiveFilters({ view, onChange }: FiltersProps) {
    const { words, locale } = useSpeech();
    const { filters } = words;
    const group = useRef<HTMLDivElement>(null);
    const active = activeFilters(view, words, locale);
    const remove = (removal: Partial<View>) => {
        onChange(removal);
        // The button that was pressed is about to go: a keyboard goes on from here.
        group.current?.focus();
    };
    return (
        <div role="group" aria-label={filters.active} className="active" tabIndex={-1} ref={group}>
            {active.map(({ label, removal }) => (
                <button type="button" key={label} aria-label={filters.remove(label)} onClick={() => remove(removal)}>
                    {label} <span aria-hidden="true">✕</span>
                </button>
            ))}
            {active.length > 0 && (
                <button type="button" onClick={() => remove({ ...DEFAULT_VIEW, opened: view.opened })}>
                    {filters.clear}
                </button>
            )}
        </div>
    );
}
