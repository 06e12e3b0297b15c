"""The live side of the API: one hub, told as WebSocket, as event stream, and to those who poll."""
