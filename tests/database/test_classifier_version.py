"""The versions of own rules: a number of each, which stays."""

import asyncio
import re

import asyncpg

from database.classifier_version import classifier_with
from database.pool import connect
from models.classifier import BUILT_IN, Classifier
from models.own_rules import NO_OWN_RULES, OwnRule, OwnRules
from models.reason import ReasonCategory


def rules(*patterns: str) -> OwnRules:
    return OwnRules(tuple(OwnRule(re.compile(each), ReasonCategory.OTHER, {}) for each in patterns))


async def test_every_set_of_rules_has_a_version_of_its_own_for_ever(connection: asyncpg.Connection) -> None:
    assert await classifier_with(connection, rules("a")) == Classifier(rules("a"), -1)
    assert await classifier_with(connection, rules("b", "a")) == Classifier(rules("b", "a"), -2)
    assert await classifier_with(connection, rules("a")) == Classifier(rules("a"), -1)


async def test_without_own_rules_it_is_the_releases(connection: asyncpg.Connection) -> None:
    assert await classifier_with(connection, NO_OWN_RULES) == BUILT_IN
    assert await connection.fetchval("select count(*) from classifier_version") == 0


async def test_two_that_start_together_agree(connection: asyncpg.Connection, database_url: str) -> None:
    connections = [await connect(database_url) for _ in range(4)]
    asked = (classifier_with(each, rules("ab"[number % 2])) for number, each in enumerate(connections))
    versions = [classifier.version for classifier in await asyncio.gather(*asked)]
    for each in connections:
        await each.close()
    assert versions[:2] == versions[2:]
    assert set(versions) == {-1, -2}
