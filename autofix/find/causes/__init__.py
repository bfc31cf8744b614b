"""Why a target starves, one family of reasons a file. Each offers ``causes(view)``."""
