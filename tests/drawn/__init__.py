"""Pictures drawn by code, and files broken on purpose: tests need no photo archive."""
