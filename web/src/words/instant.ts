/** An instant in the account's zone, in words of the locale, to the second. */
export function writtenInstant(instant: string, zone: string, locale: string): string {
    return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium", timeZone: zone }).format(
        new Date(instant),
    );
}

/** The calendar day of an instant in a zone, YYYY-MM-DD. */
export function dayIn(zone: string, instant: Date): string {
    const parts = new Intl.DateTimeFormat("en", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: zone });
    const part = Object.fromEntries(parts.formatToParts(instant).map(({ type, value }) => [type, value]));
    return `${part.year}-${part.month}-${part.day}`;
}

/** A calendar day (YYYY-MM-DD) in words of the locale; a day has no zone. */
export function writtenDay(day: string, locale: string): string {
    return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(day));
}
