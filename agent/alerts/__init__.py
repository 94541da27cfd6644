"""Tells people when a gap opens and when it closes, once each."""
