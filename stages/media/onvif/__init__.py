"""Finds network cameras by ONVIF."""
