"""The same, with a handler that prints."""
import ctypes
import faulthandler

faulthandler.enable()
faulthandler.dump_traceback_later(60)
ctypes.string_at(0)
