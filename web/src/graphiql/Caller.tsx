import type { CallerQuery } from "../gql/graphql";
import { PERMISSIONS, ROLES } from "./callerWords";

/** Who asks, for which account, and what they may do. */
export function Caller({ viewer }: { viewer: CallerQuery["viewer"] }) {
    const { account, role, permissions, actor } = viewer;
    return (
        <dl className="caller">
            <dt>Account</dt>
            <dd>
                {account.name}
                {actor && ` (${actor} is acting for it)`}
            </dd>
            <dt>Role</dt>
            <dd>{ROLES[role] ?? role}</dd>
            <dt>Permissions</dt>
            <dd>{permissions.map((permission) => PERMISSIONS[permission] ?? permission).join(", ") || "None"}</dd>
        </dl>
    );
}
