"""The machinery: processes, links and messages; it knows frames and faces as data, nothing of cameras or Keras."""
