"""The core: processes, links and messages. It treats frames and faces as data and knows nothing of cameras or Keras."""
