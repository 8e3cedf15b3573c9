from lilyaref.routing import Router

router = Router()
