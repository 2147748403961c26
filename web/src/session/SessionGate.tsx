import { type ReactNode, useMemo, useSyncExternalStore } from "react";
import { Provider } from "urql";
import { createClient } from "./client";
import { SignIn } from "./SignIn";
import type { Session } from "./session";

interface Props {
    session: Session;
    base: string;
    children: ReactNode;
}

/** Shows the children to a caller with a token; anybody else is told what is needed. */
export function SessionGate({ session, base, children }: Props) {
    const state = useSyncExternalStore(session.subscribe, () => session.state);
    if (state.token === null) return <SignIn session={session} reason={state.reason} />;
    return (
        // By its key: nothing that one caller loaded is shown to the next.
        <SignedIn key={state.token} session={session} token={state.token} base={base}>
            {children}
        </SignedIn>
    );
}

function SignedIn({ session, token, base, children }: Props & { token: string }) {
    const client = useMemo(() => createClient(session, token, base), [session, token, base]);
    return <Provider value={client}>{children}</Provider>;
}
