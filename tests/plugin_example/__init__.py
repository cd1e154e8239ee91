"""The plug-in of docs/sources.md, to the letter; the tests install and run it."""
