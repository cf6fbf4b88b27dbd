"""Running the network: crops in, probabilities out, on whatever this machine has.

`create_engine` is the door; it imports neither TensorFlow nor OpenVINO before it has chosen one.
"""

from models.engines.base import BUCKETS, Engine
from models.engines.choose import best_engine, create_engine, has_gpu
from models.engines.network import Network, load_network

__all__ = ["BUCKETS", "Engine", "Network", "best_engine", "create_engine", "has_gpu", "load_network"]
