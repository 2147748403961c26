import { useEffect } from "react";
import { useQuery } from "urql";
import type { SmtpActivityFilter, SmtpActivityStatus } from "../../gql/graphql";
import { useSpeech } from "../../words/words";
import { COUNTS } from "../documents";
import { Status } from "../table/Status";
import { STATUSES } from "../view";
import type { FiltersProps } from "./Filters";

/** How many there are per status; pressed, only those of the status (and of others pressed) are shown. */
export function StatusCounts({
    view,
    onChange,
    filter,
    revision,
}: FiltersProps & { filter: SmtpActivityFilter; revision: number }) {
    const { words, locale } = useSpeech();
    const [{ data, fetching }, ask] = useQuery({ query: COUNTS, variables: { filter } });
    useEffect(() => {
        if (revision > 0) ask();
    }, [revision, ask]);
    const counts = new Map(data?.smtpActivities?.statusCounts?.map(({ status, count }) => [status, count]));
    const written = (count: number) => new Intl.NumberFormat(locale).format(count);
    const shown = view.statuses.length ? view.statuses : STATUSES;
    const found = shown.reduce((sum, status) => sum + (counts.get(status) ?? 0), 0);
    const toggle = (status: SmtpActivityStatus) =>
        onChange({
            statuses: view.statuses.includes(status)
                ? view.statuses.filter((pressed) => pressed !== status)
                : [...view.statuses, status],
        });
    return (
        <div>
            <div role="group" className="statuses" aria-label={words.filters.counts} aria-busy={fetching}>
                {STATUSES.map((status) => (
                    <button
                        type="button"
                        key={status}
                        aria-pressed={view.statuses.includes(status)}
                        onClick={() => toggle(status)}
                    >
                        <Status status={status} />{" "}
                        {/* Another element once it is known: a text that changes its width in place would count as moved. */}
                        <span className="count" key={`${counts.has(status)}`}>
                            {counts.has(status) ? written(counts.get(status) ?? 0) : "–"}
                        </span>
                    </button>
                ))}
            </div>
            <p role="status">
                {!fetching && (counts.size > 0 ? words.filters.found(written(found)) : words.filters.notCounted)}
            </p>
        </div>
    );
}
