"""Who may sign in: a file with a line `name:password` for each, the password as it is or hashed by `htpasswd -B`."""

from __future__ import annotations

import hmac
import os
import re
import stat
from pathlib import Path

from rag.errors import ConfigError

_HASHED = ("$2a$", "$2b$", "$2y$")
_HASH = re.compile(r"\$[a-z0-9]+\$")  # of one kind or another
_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")


class Accounts:
    """Names and passwords. Called with both, it tells whether they belong together.

    Attributes:
        warning: what is wrong with the file though it can be used; empty if nothing is.
    """

    def __init__(self, passwords: dict[str, str], warning: str = "") -> None:
        self._passwords = passwords
        self.warning = warning

    @classmethod
    def read(cls, path: Path) -> Accounts:
        """Read the file; empty lines and those that begin with # are skipped.

        Raises:
            ConfigError: it cannot be read, a line is of another form, or it names nobody.
        """
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            mode = path.stat().st_mode
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"--auth-file {path} cannot be read: {error}.") from error
        passwords: dict[str, str] = {}
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, colon, password = line.strip().partition(":")
            if not (name and colon and password):
                raise ConfigError(f"--auth-file {path}, line {number}: not of the form name:password.")
            if _HASH.match(password) and not _BCRYPT.fullmatch(password):
                raise ConfigError(f"--auth-file {path}, line {number}: a damaged hash, or one that is not of bcrypt. "
                                  f"Make it by `htpasswd -nB {name}`.")
            if name in passwords:
                raise ConfigError(f"--auth-file {path}, line {number}: {name} is there twice.")
            passwords[name] = password
        if not passwords:
            raise ConfigError(f"--auth-file {path} names nobody. Write a line name:password for each reader.")
        plain = any(not password.startswith(_HASHED) for password in passwords.values())
        is_open = os.name == "posix" and bool(mode & (stat.S_IRGRP | stat.S_IROTH))
        open_secrets = f"{path} holds passwords as they are, and others can read it: chmod 600 {path}"
        return cls(passwords, open_secrets if plain and is_open else "")

    def __call__(self, name: str, password: str) -> bool:
        """Whether somebody of this name has this password; takes as long where there is nobody."""
        known = self._passwords.get(name, "")
        if known.startswith(_HASHED):
            import bcrypt

            return bcrypt.checkpw(password.encode()[:72], known.encode())
        return hmac.compare_digest(password.encode(), known.encode()) and bool(known)
