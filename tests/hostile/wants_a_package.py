"""A package that is not installed."""
import surely_not_installed.sub
