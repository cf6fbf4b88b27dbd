"""Names of all metrics; each name is written here only.

Nothing here imports prometheus_client: it decides at import whether several processes share numbers, and readers are
imported earlier. Prometheus appends `_total` to a counter's name, and `_bucket`, `_sum`, `_count` to a histogram's.
"""

FRAMES_IN = "emobot_frames_in"
FRAMES_OUT = "emobot_frames_out"
DROPPED = "emobot_frames_dropped"
FACES = "emobot_faces"
RECONNECTS = "emobot_reconnects"
RESTARTS = "emobot_restarts"
COUNTS = "emobot_counts"
STATE = "emobot_camera_state"
CLOCK_OFFSET = "emobot_clock_offset_seconds"
CAMERA_CLOCK_OFFSET = "emobot_camera_clock_offset_seconds"
QUEUE = "emobot_queue_frames"
SAVING = "emobot_saving"
DEVICE = "emobot_device"
DECODER = "emobot_camera_decoder"
SECONDS = "emobot_camera_seconds"
POSITION = "emobot_camera_position_seconds"
DURATION = "emobot_camera_duration_seconds"
SERVICE = "emobot_service_seconds"
AGE = "emobot_age_seconds"
BATCH = "emobot_batch_frames"
