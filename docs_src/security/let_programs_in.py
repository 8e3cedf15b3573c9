from docs_src.security.ask_for_a_token import app as unguarded
from lilyaref.origins import OriginGuard

guard = OriginGuard(unguarded, ["https://example.com"], allow_missing=True)
app = guard
