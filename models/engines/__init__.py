"""Running the network: crops in, probabilities out, on whatever this machine has.

`create_engine` is the door; it imports none of the libraries before it has to.
"""

from models.engines.base import BUCKETS, Engine
from models.engines.choose import best_engine, create_engine, gpu_names
from models.engines.network import Network, load_network

__all__ = ["BUCKETS", "Engine", "Network", "best_engine", "create_engine", "gpu_names", "load_network"]
