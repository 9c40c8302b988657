"""Rate limits, exact across processes: one upsert a hit, in the database that all share.

A key counts hits in windows of fixed length; the key of an address is its HMAC, so that the
table holds no address. The HMAC has a key of its own.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass

from sqlalchemy import String, delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from intake.crypto import KeyRing
from intake.db import Base
from intake.errors import TooMany


class Hits(Base):
    """How often one key was used in one window of time."""

    __tablename__ = "hits"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    window: Mapped[int] = mapped_column(primary_key=True)
    ends: Mapped[dt.datetime]
    count: Mapped[int]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` hits of one key in ``seconds``."""

    name: str
    most: int
    seconds: int


SEND = Limit("send", 60, 3600)
CALLBACK = Limit("callback", 60, 3600)
URGENT = Limit("urgent", 20, 3600)


def hit(session: Session, limit: Limit, who: str, now: dt.datetime) -> int:
    """Count one use of ``limit`` by ``who`` at ``now``; gives the count in this window."""
    window = int(now.timestamp()) // limit.seconds
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = insert(Hits).values(
        key=f"{limit.name}:{who}",
        window=window,
        ends=dt.datetime.fromtimestamp((window + 1) * limit.seconds, dt.UTC),
        count=1,
    )
    counted = statement.on_conflict_do_update(
        index_elements=[Hits.key, Hits.window], set_={"count": Hits.count + 1}
    ).returning(Hits.count)
    count: int = session.execute(counted).scalar_one()
    return count


def check(session: Session, limit: Limit, who: str, now: dt.datetime) -> None:
    """Count one use; raises ``TooMany`` with the seconds to wait once the limit is passed."""
    if hit(session, limit, who, now) > limit.most:
        raise TooMany(limit.seconds - int(now.timestamp()) % limit.seconds)


def who_is(keys: KeyRing, address: str | None) -> str:
    """A key for a network address that cannot be read back."""
    return keys.labelled_mac("limits", f"address:{network_of(address)}".encode()).hex()[:32]


def network_of(address: str | None) -> str:
    """What an address counts as: an IPv6 address is its /64, which one line has to itself.

    RFC 6177 gives a site at least that much. An IPv4 address in IPv6 form is the IPv4 address;
    what is no address counts as it stands.
    """
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return str(address)
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), 64), strict=False))


def forget_old(session: Session, now: dt.datetime) -> int:
    """Delete windows that have ended; gives how many."""
    gone = session.execute(delete(Hits).where(Hits.ends < now).returning(Hits.key))
    return len(gone.all())
