import { takeTokenFromAddress } from "./fragment";
import { listenToHost } from "./host";
import { readPageSettings } from "./pageSettings";
import { Session } from "./session";
import { storageOf } from "./storage";

/** The session of this tab: with the token of the address, of the tab, or of the host around the page. */
export function openSession(page: Window): Session {
    const settings = readPageSettings(page.document.baseURI);
    const session = new Session(storageOf(page, "sessionStorage"), settings);
    const takeToken = () => {
        const token = takeTokenFromAddress(page.location, page.history);
        if (token !== null) session.begin(token);
    };
    takeToken();
    // A link with another token, followed where the page is open already, loads nothing.
    page.addEventListener("hashchange", takeToken);
    settings.then(
        ({ embedOrigins }) => {
            if (page.parent !== page) listenToHost(session, embedOrigins, page);
        },
        () => {
            // Who needs a token is told by SignIn; who has one needs no settings.
        },
    );
    return session;
}
