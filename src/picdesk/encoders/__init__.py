"""Text and images become unit vectors."""

from picdesk.encoders.cache import cache_folder
from picdesk.encoders.load import load_encoder
from picdesk.encoders.protocol import Encoder
from picdesk.encoders.runtimes import describe_runtime

__all__ = ["Encoder", "cache_folder", "describe_runtime", "load_encoder"]
