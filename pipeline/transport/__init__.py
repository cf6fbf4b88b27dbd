"""How frames and questions get from process to process: the only place that opens sockets."""
