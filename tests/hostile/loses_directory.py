"""The folder it stands in is gone."""
import os
import tempfile

folder = tempfile.mkdtemp()
os.chdir(folder)
os.rmdir(folder)
open("x", "w")
