import type { SmtpActivityFilter } from "../../gql/graphql";
import { useSpeech } from "../../words/words";
import type { View } from "../view";
import { ActiveFilters } from "./ActiveFilters";
import { PeriodForm } from "./PeriodForm";
import { SearchForm } from "./SearchForm";
import { StatusCounts } from "./StatusCounts";
import "./filters.css";

export interface FiltersProps {
    view: View;
    onChange: (change: Partial<View>) => void;
}

interface Props extends FiltersProps {
    filter: SmtpActivityFilter;
    /** The day in the account's zone. */
    today: string;
    /** Another value when the counts are to be asked anew. */
    revision: number;
}

/** Everything that narrows the rows; each part changes the view, and shows what the view says. */
export function Filters({ view, onChange, filter, today, revision }: Props) {
    const { heading } = useSpeech().words.filters;
    return (
        <section className="filters" aria-label={heading}>
            <SearchForm view={view} onChange={onChange} />
            <PeriodForm view={view} onChange={onChange} today={today} />
            <StatusCounts view={view} onChange={onChange} filter={filter} revision={revision} />
            <ActiveFilters view={view} onChange={onChange} />
        </section>
    );
}
