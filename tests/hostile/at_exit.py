"""What is registered with atexit runs."""
import atexit

atexit.register(print, "good bye")
