import { useCallback } from "react";
import { useQuery } from "urql";
import type { CallerQuery } from "../gql/graphql";
import { dayIn } from "../words/instant";
import { useSpeech } from "../words/words";
import { CALLER } from "./documents";
import { failureOf } from "./failure";
import { filterOf } from "./filter";
import { HistoryDialog } from "./history/HistoryDialog";
import { Legend } from "./legend/Legend";
import { FailureState } from "./states/FailureState";
import { Loading } from "./states/Loading";
import { NothingFound } from "./states/NothingFound";
import { ActivityTable } from "./table/ActivityTable";
import { useActivities } from "./useActivities";
import { useView } from "./useView";

/** The page of a caller who is signed in: who that is first, because days and times are those of the account's zone. */
export function ActivityPage() {
    const [{ data, error }, reload] = useQuery({ query: CALLER });
    if (data) return <CallersActivities viewer={data.viewer} />;
    if (error) return <FailureState failure={failureOf(error)} onRetry={() => reload()} />;
    return <Loading />;
}

function CallersActivities({ viewer }: { viewer: CallerQuery["viewer"] }) {
    const { words, language } = useSpeech();
    const [view, change] = useView();
    const closeHistory = useCallback(() => change({ opened: "" }), [change]);
    const { name, timeZone, recordedUpTo } = viewer.account;
    const filter = filterOf(view, dayIn(timeZone, new Date()));
    const { activities, loadMore, reload } = useActivities(filter, language);
    const { rows, loading, hasMore, failure } = activities;
    return (
        <main>
            <header>
                <h1>{words.activity}</h1>
                <p>{words.timesIn(timeZone)}</p>
            </header>
            {viewer.actor && <p className="acting">{words.actingFor(viewer.actor, name)}</p>}
            <Legend />
            {rows.length > 0 && <ActivityTable rows={rows} zone={timeZone} hasMore={hasMore} onNearEnd={loadMore} />}
            {failure && <FailureState failure={failure} onRetry={reload} />}
            {loading && <Loading />}
            {!loading && !failure && rows.length === 0 && <NothingFound zone={timeZone} recordedUpTo={recordedUpTo} />}
            {view.opened && <HistoryDialog key={view.opened} id={view.opened} zone={timeZone} onClose={closeHistory} />}
        </main>
    );
}
