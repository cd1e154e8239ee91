"""The front door: settings, command line and daemon. The only package that knows all others."""
