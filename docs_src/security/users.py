from hashlib import sha256

# Whoever steals this table has no token: tokens are random, and only their hashes are here.
USERS = {"d432e6bf2f27133041552c772253a1b05359572e7e8d513ae631c9dfd29622f6": "Ana"}


def user_of(token: str) -> str | None:
    return USERS.get(sha256(token.encode()).hexdigest())
