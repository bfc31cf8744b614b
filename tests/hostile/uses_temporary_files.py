"""Temporary files are fine, with their modes and renames."""
import os
import shutil
import tempfile

with tempfile.TemporaryDirectory() as folder:
    a, b = os.path.join(folder, "a"), os.path.join(folder, "b")
    shutil.copy(__file__, a)
    os.replace(a, b)
    shutil.copytree(folder, folder + "2")
    shutil.rmtree(folder + "2")
    print(os.listdir(folder))
