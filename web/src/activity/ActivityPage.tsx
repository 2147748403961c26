import { useCallback, useState } from "react";
import { useQuery } from "urql";
import type { CallerQuery } from "../gql/graphql";
import { CALLER } from "../session/caller";
import { dayIn } from "../words/instant";
import { useSpeech } from "../words/words";
import { failureOf, refusalOf } from "./failure";
import { filterOf } from "./filter";
import { AddressFaults } from "./filters/AddressFaults";
import { Filters } from "./filters/Filters";
import { HistoryDialog } from "./history/HistoryDialog";
import { Legend } from "./legend/Legend";
import { FailureState } from "./states/FailureState";
import { Loading } from "./states/Loading";
import { NothingFound } from "./states/NothingFound";
import { ActivityTable } from "./table/ActivityTable";
import { Arrivals } from "./table/Arrivals";
import { useActivities } from "./useActivities";
import { useView } from "./useView";

/** The page of a caller who is signed in: who that is first, because days and times are those of the account's zone. */
export function ActivityPage() {
    const [{ data, error }, reload] = useQuery({ query: CALLER });
    const { words } = useSpeech();
    return (
        <main>
            {/* There before anything is loaded: what comes later moves nothing. */}
            <header className="activity-heading">
                <h1>{words.activity}</h1>
                <p>{data && words.timesIn(data.viewer.account.timeZone)}</p>
            </header>
            {data ? (
                <CallersActivities viewer={data.viewer} onRetry={() => reload()} />
            ) : error ? (
                <FailureState failure={failureOf(error)} onRetry={() => reload()} />
            ) : (
                <Loading />
            )}
        </main>
    );
}

function CallersActivities({ viewer, onRetry }: { viewer: CallerQuery["viewer"]; onRetry: () => void }) {
    const { words } = useSpeech();
    const [, change, faults] = useView();
    const { name } = viewer.account;
    const refusal = refusalOf(viewer);
    return (
        <>
            {viewer.actor && <p className="acting">{words.actingFor(viewer.actor, name)}</p>}
            {refusal ? (
                <FailureState failure={refusal} onRetry={onRetry} />
            ) : faults.length > 0 ? (
                <AddressFaults faults={faults} onMend={() => change({})} />
            ) : (
                <FoundActivities account={viewer.account} />
            )}
        </>
    );
}

function FoundActivities({ account: { timeZone, recordedUpTo } }: { account: CallerQuery["viewer"]["account"] }) {
    const { language } = useSpeech();
    const [view, change] = useView();
    const [revision, setRevision] = useState(0);
    const closeHistory = useCallback(() => change({ opened: "" }), [change]);
    const today = dayIn(timeZone, new Date());
    const filter = filterOf(view, today);
    const { activities, loadMore, reload } = useActivities(filter, language);
    const { rows, loading, hasMore, failure, newest } = activities;
    const loadNewest = () => {
        reload();
        setRevision(revision + 1);
        scrollTo(0, 0);
    };
    if (failure && failure.kind !== "failed") return <FailureState failure={failure} onRetry={reload} />;
    return (
        <>
            <Filters view={view} onChange={change} filter={filter} today={today} revision={revision} />
            <Legend />
            <Arrivals filter={filter} newest={newest} waiting={loading || failure !== null} onLoad={loadNewest} />
            {rows.length > 0 && <ActivityTable rows={rows} zone={timeZone} hasMore={hasMore} onNearEnd={loadMore} />}
            {failure && <FailureState failure={failure} onRetry={reload} />}
            {loading && <Loading />}
            {!loading && !failure && rows.length === 0 && <NothingFound zone={timeZone} recordedUpTo={recordedUpTo} />}
            {view.opened && <HistoryDialog key={view.opened} id={view.opened} zone={timeZone} onClose={closeHistory} />}
        </>
    );
}
