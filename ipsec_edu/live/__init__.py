"""The same IKE core and data plane on real UDP sockets, against a real daemon."""
