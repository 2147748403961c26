import { takeTokenFromAddress } from "./fragment";
import { listenToHost } from "./host";
import { readPageSettings } from "./pageSettings";
import { Session } from "./session";

/** The session of this tab: with the token of the address, of the tab, or of the host around the page. */
export function openSession(page: Window): Session {
    const session = new Session(page.sessionStorage);
    const token = takeTokenFromAddress(page.location, page.history);
    if (token !== null) session.begin(token);
    if (page.parent !== page) {
        void readPageSettings(page.document.baseURI).then(({ embedOrigins }) =>
            listenToHost(session, embedOrigins, page),
        );
    }
    return session;
}
