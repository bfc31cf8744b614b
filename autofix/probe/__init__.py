"""What runs inside the user's process: standard library and the frameworks only.

The probe watches a program without changing what it computes, prints or raises.
"""
