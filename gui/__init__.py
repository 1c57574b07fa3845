"""The browser interface: server-rendered pages over the HTTP API, importing no other part."""
