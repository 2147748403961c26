/** Takes `#token=…` out of the address, before anything else could read or keep it. */
export function takeTokenFromAddress(location: Location, history: History): string | null {
    const fragment = new URLSearchParams(location.hash.slice(1));
    const token = fragment.get("token");
    if (token === null) return null;
    fragment.delete("token");
    const rest = fragment.toString();
    history.replaceState(history.state, "", location.pathname + location.search + (rest && `#${rest}`));
    return token || null;
}
