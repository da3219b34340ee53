"""Packet formats: one file per format, bytes in and bytes out."""
