from docs_src.websockets.echo import app as unguarded
from lilyaref.origins import OriginGuard
from lilyaref.types import ASGIApp


def guarded(origin: str) -> ASGIApp:
    return OriginGuard(unguarded, [origin])
