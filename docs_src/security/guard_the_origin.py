from docs_src.mistakes.trust_every_page import app as unguarded
from lilyaref.origins import OriginGuard

app = OriginGuard(unguarded, ["https://example.com", "http://localhost:8000"])
