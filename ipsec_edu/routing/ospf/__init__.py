"""OSPF version 2 (RFC 2328): one area, broadcast and point-to-point networks, external routes."""
