/**
 * The page in a host's frame: the host gives tokens by `postMessage({type: "smtp-activity:token", token})`, whenever
 * the page asks with `{type: "smtp-activity:token-wanted"}` or before. Messages of other origins are not heard.
 */
import type { Session } from "./session";

export function listenToHost(session: Session, origins: readonly string[], frame: Window): void {
    frame.addEventListener("message", ({ source, origin, data }: MessageEvent<unknown>) => {
        if (source !== frame.parent || !origins.includes(origin)) return;
        const token = givenToken(data);
        if (token !== null) session.begin(token);
    });
    const ask = () => {
        if (session.state.token !== null) return;
        for (const origin of origins) frame.parent.postMessage({ type: "smtp-activity:token-wanted" }, origin);
    };
    session.subscribe(ask);
    ask();
}

function givenToken(data: unknown): string | null {
    const isToken = typeof data === "object" && data !== null && "type" in data && data.type === "smtp-activity:token";
    return isToken && "token" in data && typeof data.token === "string" ? data.token : null;
}
