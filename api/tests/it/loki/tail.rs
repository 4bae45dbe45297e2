//! Lines as they come, over a WebSocket on a real socket.
