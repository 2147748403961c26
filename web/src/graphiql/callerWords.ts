/** What GraphiQL's page calls roles and permissions: in English, as all of GraphiQL is. */
import type { Permission, Role } from "../gql/graphql";

export const ROLES: Record<Role, string> = {
    ADMINISTRATOR: "Administrator",
    REGULAR: "Regular user",
    CUSTOM: "Custom user",
};

export const PERMISSIONS: Record<Permission, string> = {
    ACCESS_SMTP_ACTIVITIES: "Access SMTP activities",
    MANAGE_ACCESS_TOKENS: "Manage access tokens",
    RECORD_SMTP_EVENTS: "Record SMTP events",
};
