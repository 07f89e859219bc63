"""What stands between the Runtime API and a function's handler."""
