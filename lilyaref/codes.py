"""Close codes: the number, what RFC 6455 means by it, and whether it may travel."""

from enum import IntEnum


class CloseCode(IntEnum):
    """Why a connection ended, as a number (RFC 6455 §7.4.1, and the IANA registry it founded).

    A member is a plain `int` everywhere. 1004 has no name: RFC 6455 §7.4.1 reserves the number
    and leaves its meaning open.

    >>> CloseCode.GOING_AWAY
    <CloseCode.GOING_AWAY: 1001>
    >>> CloseCode.GOING_AWAY == 1001, CloseCode.GOING_AWAY.meaning, CloseCode.GOING_AWAY.sendable
    (True, 'going away', True)
    >>> CloseCode.ABNORMAL_CLOSURE.sendable
    False
    """

    meaning: str

    def __new__(cls, number: int, meaning: str = "") -> "CloseCode":
        member = int.__new__(cls, number)
        member._value_ = number
        member.meaning = meaning
        return member

    NORMAL_CLOSURE = 1000, "normal closure"
    GOING_AWAY = 1001, "going away"
    PROTOCOL_ERROR = 1002, "protocol error"
    UNSUPPORTED_DATA = 1003, "unsupported data"
    NO_STATUS_RECEIVED = 1005, "no close code received"
    ABNORMAL_CLOSURE = 1006, "abnormal closure"
    INVALID_FRAME_PAYLOAD_DATA = 1007, "invalid payload data"
    POLICY_VIOLATION = 1008, "policy violation"
    MESSAGE_TOO_BIG = 1009, "message too big"
    MISSING_EXTENSION = 1010, "missing extension"
    INTERNAL_ERROR = 1011, "internal error"
    SERVICE_RESTART = 1012, "service restart"
    TRY_AGAIN_LATER = 1013, "try again later"
    BAD_GATEWAY = 1014, "bad gateway"
    TLS_HANDSHAKE = 1015, "TLS handshake failure"

    @property
    def sendable(self) -> bool:
        """Whether a close frame may carry this code; see `is_sendable`."""
        return is_sendable(self)


# 1005, 1006 and 1015 MUST NOT be set in a close frame (RFC 6455 §7.4.1); below 1000 is unused,
# up to 2999 belongs to the protocol, 3000-3999 to registered and 4000-4999 to private use (§7.4.2).
SENDABLE = (range(1000, 1004), range(1007, 1015), range(3000, 5000))
SENDABLE_TEXT = ", ".join(f"{codes.start}-{codes.stop - 1}" for codes in SENDABLE)


def is_sendable(code: int) -> bool:
    """Whether a close frame may carry *code* (RFC 6455 §7.4).

    >>> is_sendable(4000), is_sendable(1006)
    (True, False)
    """
    return any(code in codes for codes in SENDABLE)


def describe(code: int) -> str:
    """The code with its meaning, for people.

    >>> describe(1001), describe(4000)
    ('1001 (going away)', '4000')
    """
    member = CloseCode._value2member_map_.get(int(code))
    return f"{int(code)} ({member.meaning})" if isinstance(member, CloseCode) else str(int(code))
