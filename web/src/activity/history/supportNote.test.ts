import { expect, test } from "vitest";
import { en } from "../../words/en";
import { fr } from "../../words/fr";
import { LATE_BOUNCE } from "./lateBounce.fixture";
import { supportNote } from "./supportNote";

test("a note says what became of the message, why, and where to find it, as plain text", () => {
    expect(supportNote(LATE_BOUNCE, en)).toBe(
        `Recipient: jo@example.com
Sender: billing@northwind.example
Envelope sender: (none: a bounce message)
Subject: (no subject)
Sent: 2026-11-22T09:00:00.000-05:00
Status: Hard bounce (2026-11-22T09:30:00.000-05:00)
Reason: The address does not exist.
The server’s answer: 550 5.1.1 No such user
Message ID: 1@northwind.example
Activity ID: an id
Relay: relay1

1 delivery attempt
2026-11-22T09:00:01.000-05:00 Delivered
    Answer of mx.example.com: 250 2.0.0 OK
2026-11-22T09:30:00.000-05:00 Hard bounce (Reported later, by a bounce message)
    550 5.1.1 No such user`,
    );
});

test("a note is in the reader's language", () => {
    expect(supportNote(LATE_BOUNCE, fr).split("\n").slice(0, 2)).toEqual([
        "Destinataire : jo@example.com",
        "Expéditeur : billing@northwind.example",
    ]);
});
