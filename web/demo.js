/** What the scripts here ask of a running demo. */

/** The token of one of the callers that it offers. */
export async function demoToken(address, name) {
    const { demoCallers } = await (await fetch(new URL("page-settings.json", address))).json();
    const caller = demoCallers.find((offered) => offered.name === name);
    if (!caller) throw new Error(`${address} is no demo: it offers no “${name}”.`);
    return caller.token;
}
