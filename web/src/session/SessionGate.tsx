import { Fragment, type ReactNode, useMemo, useSyncExternalStore } from "react";
import { Provider } from "urql";
import { createClient } from "./client";
import { SignIn } from "./SignIn";
import type { Session } from "./session";

/** Shows the children to a caller with a token; anybody else is told what is needed. */
export function SessionGate({ session, base, children }: { session: Session; base: string; children: ReactNode }) {
    const state = useSyncExternalStore(session.subscribe, () => session.state);
    const client = useMemo(() => createClient(session, base), [session, base]);
    if (state.token === null) return <SignIn reason={state.reason} onToken={(token) => session.begin(token)} />;
    return (
        <Provider value={client}>
            {/* Nothing that one caller loaded is shown to the next. */}
            <Fragment key={state.token}>{children}</Fragment>
        </Provider>
    );
}
