import { lazy, Suspense, useMemo } from "react";
import { useQuery } from "urql";
import { CALLER } from "../session/caller";
import type { Session } from "../session/session";
import { Caller } from "./Caller";
import { tabStorage } from "./tabStorage";

// The editor is ten times the rest of the page, and of no use before somebody signed in.
const Workbench = lazy(() => import("./Workbench"));

/** GraphiQL for a caller who is signed in, below a line that says who that is. */
export function GraphiqlPage({ session, base }: { session: Session; base: string }) {
    const [{ data, error }] = useQuery({ query: CALLER });
    const storage = useMemo(() => tabStorage(sessionStorage), []);
    const leave = () => {
        storage.clear();
        session.end("notGiven");
    };
    return (
        <div className="page">
            <header>
                <h1>GraphiQL</h1>
                {data && <Caller viewer={data.viewer} />}
                <button type="button" onClick={leave}>
                    Sign out
                </button>
            </header>
            {error && <p role="alert">Who you are could not be asked: {error.message}</p>}
            {data && (
                <main>
                    <Suspense fallback={<p role="status">Loading the editor…</p>}>
                        <Workbench viewer={data.viewer} session={session} base={base} storage={storage} />
                    </Suspense>
                </main>
            )}
        </div>
    );
}
