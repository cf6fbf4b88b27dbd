"""Inference engines: crops in, probabilities out, on the best hardware of this machine.

`create_engine` is the entry point; it imports only the library it needs.
"""

from models.engines.base import BUCKETS, Engine
from models.engines.choose import best_engine, check_choice, create_engine, gpu_names
from models.engines.network import Network, load_network

__all__ = ["BUCKETS", "Engine", "Network", "best_engine", "check_choice", "create_engine", "gpu_names", "load_network"]
