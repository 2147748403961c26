"""Fills a benchmark's database with the activities of many accounts, made by PostgreSQL itself from a seed.

The first account is the benchmarks' own and the largest; the n-th has a n-th of its rows (Zipf). What is where:
`TERMS` names the texts that searches look for, and says where they are.
"""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import asyncpg

# The account's name for its rank.
SMALL_RANK = 1_000


class Terms(NamedTuple):
    """Texts to search for, by how often they occur where."""

    rare_subject: str = "Zanzibar"
    rare_recipient: str = "quetzalcoatl"
    common_subject: str = "reservation"
    in_every_sender: str = "@customer"
    only_of_others: str = "webinar"


TERMS = Terms()
# A rare text stands in so many rows of the largest and of the small account.
RARE_ROWS = 9
_SETTINGS = {"synchronous_commit": "off", "maintenance_work_mem": "1GB", "work_mem": "128MB", "jit": "off"}
_AT_ONCE = 2

_ACCOUNTS = """
insert into account (external_id, name, time_zone, smtp_plan_active_until)
select $1 || '-' || rank, 'Customer ' || rank, 'UTC', 'infinity' from generate_series(2, $2) rank
"""
_DROP_KEY = "alter table smtp_activity drop constraint smtp_activity_pkey"
_MAKE_KEY = "alter table smtp_activity add constraint smtp_activity_pkey primary key (account_id, id)"
# Of the table and its months: what has to be the same afterwards.
_INDEXES = """
select tablename, indexdef from pg_indexes where tablename ~ '^smtp_activity(_\\d{4}_\\d{2})?$' order by 1, 2
"""
# Their definitions but for the key's, and without "only", which would leave the months out.
_OTHER_INDEXES = """
select indexrelid::regclass::text, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') from pg_index
where indrelid = 'smtp_activity'::regclass and not indisprimary
"""

# Rows $1 (included) to $2 (excluded) of those that begin at $3 and are $4 seconds apart. Their order is that of time,
# as an ingest leaves it; all else is drawn by hashes of the row's number, $5 being the seed. $6: for each rank, which
# share of the rows all larger accounts have; $7: accounts by rank. The search text is folded as the service does it.
_ROWS = """
insert into smtp_activity
select
    account_id,
    (lpad(to_hex(extract(epoch from sent_at)::bigint * 1000), 12, '0')
        || '8' || substr(lpad(to_hex(h3), 16, '0'), 1, 3) || 'a' || substr(lpad(to_hex(h1), 16, '0'), 2, 15))::uuid,
    sent_at, status, sent_at + make_interval(secs => 1 + h1 & 63), recipient, null, sender, envelope_sender, subject,
    'bench ' || i, to_hex(i), i || '@customer' || rank || '.example', 'relay1',
    'customer' || rank || '@relay1.example.net', case status when 'REJECTED' then 0 else 1 end,
    case status when 'REJECTED' then 'INVALID_ADDRESS' when 'HARD_BOUNCE' then 'INVALID_ADDRESS'
        when 'SOFT_BOUNCE' then 'MAILBOX_FULL' when 'DEFERRED' then 'RATE_LIMITED' end,
    case status when 'REJECTED' then 'Recipient address rejected: Domain not found'
        when 'HARD_BOUNCE' then 'User unknown' when 'SOFT_BOUNCE' then 'The mailbox is over its quota'
        when 'DEFERRED' then 'Recipient address rejected: Greylisted' end,
    case status when 'REJECTED' then 550 when 'HARD_BOUNCE' then 550 when 'SOFT_BOUNCE' then 452
        when 'DEFERRED' then 450 end,
    case status when 'REJECTED' then '5.1.2' when 'HARD_BOUNCE' then '5.1.1' when 'SOFT_BOUNCE' then '4.2.2'
        when 'DEFERRED' then '4.2.0' end,
    1,
    concat(E'\\t', recipient, E'\\t\\n\\t', sender, E'\\t', envelope_sender, E'\\t\\n',
        translate(lower(subject), 'éçàûè', 'ecaue'))
from generate_series($1::bigint, $2::bigint - 1) i
cross join lateral (select
    hashint8extended(i, $5) as h1, hashint8extended(i, $5 + 1) as h2, hashint8extended(i, $5 + 2) as h3
) h
cross join lateral (select
    width_bucket((h1 & 1073741823) / 1073741824.0::float8, $6::float8[]) as rank,
    $3::timestamptz + make_interval(secs => floor(i * $4::float8)) as sent_at
) a
cross join lateral (select
    ($7::bigint[])[rank] as account_id,
    case when h2 & 1023 < 901 then 'DELIVERED' when h2 & 1023 < 942 then 'HARD_BOUNCE'
        when h2 & 1023 < 973 then 'SOFT_BOUNCE' when h2 & 1023 < 993 then 'DEFERRED'
        when h2 & 1023 < 1013 then 'REJECTED' when h2 & 1023 < 1018 then 'ACCEPTED' else 'PENDING' end as status,
    concat(
        (array['anna','bob','chloe','david','emma','felix','hugo','ines','jan','lea','marc','nora','zoe','yusuf','mia','li'])
            [1 + (h2 >> 10 & 15)], '.',
        (array['roy','martin','tremblay','dubois','singh','garcia','novak','meyer','rossi','tanaka','olsen','nguyen',
            'kowalski','okafor','silva','haddad'])[1 + (h2 >> 14 & 15)],
        h2 >> 18 & 65535, '@mx', sqrt(h2 >> 34 & 262143)::int, '.test'
    ) as recipient,
    concat('news', h3 & 3, '@customer', rank, '.example') as sender,
    concat('bounce+', to_hex(i), '@customer', rank, '.example') as envelope_sender,
    concat_ws(' ',
        case when rank % 3 = 2 and h3 & 7 = 0 then 'Invitation: our webinar about' else
        (array['Réservation confirmée','Votre reçu','Password reset','Invoice','Newsletter','Order shipped','Rappel',
            'Votre commande est arrivée','Welcome to your trial','Weekly report','Facture','Your parcel'])
            [1 + (h3 >> 3 & 1023) * 12 / 1024] end,
        -- Three syllables, the early ones more often than the late: some thousands of words.
        array_to_string(array(
            select (array['ta','ri','mo','sel','dan','vo','ker','lin','pas','tur','gra','ble','cho','fan','mir','ost'])
                [1 + ((h3 >> (13 + 8 * n) & 15) * (h3 >> (17 + 8 * n) & 15)) / 15]
            from generate_series(0, 2) n
        ), ''),
        h3 >> 37 & 131071
    ) as subject
) b
"""
# Rows of one account, evenly spread over its own, get a rare word in the subject and in the recipient.
_RARE = """
with chosen as (
    select account_id, id from (
        select account_id, id, row_number() over (order by id) as n, count(*) over () as rows
        from smtp_activity where account_id = $1
    ) numbered
    where n % greatest(rows / $2, 1) = 0 order by id limit $2
)
update smtp_activity a set
    subject = subject || ' ' || $3, recipient = $4 || '.' || recipient,
    search_text = E'\\t' || $4 || '.' || substr(search_text, 2) || ' ' || lower($3)
from chosen where (a.account_id, a.id) = (chosen.account_id, chosen.id)
"""


class Plan(NamedTuple):
    """What is made: the same plan makes the same rows, but for the time at which they end."""

    activities: int = 5_000_000
    accounts: int = 2_000
    days: int = 120
    seed: int = 1

    @property
    def shares(self) -> list[float]:
        """Of each rank, which share of all rows the larger accounts have."""
        weights = [1 / rank for rank in range(1, self.accounts + 1)]
        return [sum(weights[:rank]) / sum(weights) for rank in range(self.accounts)]

    @property
    def small_rank(self) -> int:
        """The rank of the account that is measured as the small one."""
        return min(SMALL_RANK, self.accounts)


def name_of(account: str, rank: int) -> str:
    """The external id of the account of this rank; the largest has the benchmarks' own."""
    return account if rank == 1 else f"{account}-{rank}"


async def fill(url: str, account: str, plan: Plan) -> None:
    """Make the rows, as a superuser: without indexes at first, and then with just those that there were."""
    began = time.perf_counter()
    connection = await asyncpg.connect(url, server_settings=_SETTINGS)
    await connection.execute("alter system set max_wal_size = '4GB'")
    await connection.execute("alter system set checkpoint_timeout = '1h'")
    await connection.execute("select pg_reload_conf()")
    await connection.execute(_ACCOUNTS, account, plan.accounts)
    ids = await _ids_by_rank(connection, account, plan.accounts)
    end = datetime.now(UTC).replace(microsecond=0)
    start = end - timedelta(days=plan.days)
    months = sorted({date(day.year, day.month, 1) for day in (start + timedelta(n) for n in range(plan.days + 1))})
    for month in months:
        await connection.execute("select smtp_activity_add_month($1)", month)
    indexes = await connection.fetch(_INDEXES)
    others = await connection.fetch(_OTHER_INDEXES)
    for name, _definition in others:
        await connection.execute(f"drop index {name}")
    await connection.execute(_DROP_KEY)
    await _insert(url, plan, start, ids)
    inserted = time.perf_counter()
    await connection.execute(_MAKE_KEY)
    for _name, definition in others:
        await connection.execute(definition)
    if await connection.fetch(_INDEXES) != indexes:
        raise SystemExit("The indexes are not what the migrations made.")
    indexed = time.perf_counter()
    for rank in {1, plan.small_rank}:
        await connection.execute(_RARE, ids[rank - 1], RARE_ROWS, TERMS.rare_subject, TERMS.rare_recipient)
    await connection.execute("vacuum (analyze) smtp_activity")
    await connection.execute("alter system reset all")
    await connection.execute("select pg_reload_conf()")
    await connection.execute("checkpoint")
    await connection.close()
    print(
        f"{plan.activities:,} activities of {plan.accounts:,} accounts in {len(months)} months:"
        f" inserted in {inserted - began:.0f} s, indexed in {indexed - inserted:.0f} s,"
        f" vacuumed in {time.perf_counter() - indexed:.0f} s",
        flush=True,
    )


async def _ids_by_rank(connection: asyncpg.Connection, account: str, accounts: int) -> list[int]:
    names = [name_of(account, rank) for rank in range(1, accounts + 1)]
    accounts_ = await connection.fetch("select external_id, id from account where external_id = any($1)", names)
    found = {external_id: id_ for external_id, id_ in accounts_}
    return [found[name] for name in names]


async def _insert(url: str, plan: Plan, start: datetime, ids: list[int]) -> None:
    """So many connections take a piece after the other, in the order of time."""
    piece = 100_000
    firsts = iter(range(0, plan.activities, piece))
    apart = plan.days * 86_400 / plan.activities

    async def take() -> None:
        connection = await asyncpg.connect(url, server_settings=_SETTINGS)
        for first in firsts:
            end = min(first + piece, plan.activities)
            await connection.execute(_ROWS, first, end, start, apart, plan.seed, plan.shares, ids)
        await connection.close()

    await asyncio.gather(*(take() for _ in range(_AT_ONCE)))
