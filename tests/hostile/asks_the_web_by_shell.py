"""A connection from a program that no audit hook sees, and UDP."""
import ctypes
import socket
import subprocess

print(subprocess.run(["bash", "-c", "echo > /dev/tcp/127.0.0.1/9"], capture_output=True).returncode)
print(ctypes.CDLL(None).socket(socket.AF_INET, socket.SOCK_DGRAM, 0))
