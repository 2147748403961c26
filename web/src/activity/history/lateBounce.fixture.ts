import type { ActivityHistory } from "./document";

/** A delivery that another server took back half an hour later. */
export const LATE_BOUNCE: ActivityHistory = {
    id: "an id",
    sentAt: "2026-11-22T09:00:00.000-05:00",
    status: "HARD_BOUNCE",
    statusExplanation: "The message was refused for good.",
    statusChangedAt: "2026-11-22T09:30:00.000-05:00",
    recipient: "jo@example.com",
    deliveredTo: null,
    sender: "billing@northwind.example",
    envelopeSender: "",
    subject: null,
    reason: {
        category: "INVALID_ADDRESS",
        responsibility: "RECIPIENT",
        explanation: "The address does not exist.",
        message: "550 5.1.1 No such user",
        smtpCode: 550,
        enhancedCode: "5.1.1",
    },
    attemptCount: 1,
    messageId: "1@northwind.example",
    queueId: null,
    relay: "relay1",
    credential: null,
    events: [
        {
            occurredAt: "2026-11-22T09:00:01.000-05:00",
            status: "DELIVERED",
            remoteHost: "mx.example.com",
            response: "250 2.0.0 OK",
            outOfBand: false,
        },
        {
            occurredAt: "2026-11-22T09:30:00.000-05:00",
            status: "HARD_BOUNCE",
            remoteHost: null,
            response: "550 5.1.1 No such user",
            outOfBand: true,
        },
    ],
};
