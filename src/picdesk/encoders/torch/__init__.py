"""Checkpoints of other makes, read with torch and written out as ONNX folders.

Everything here needs the ``torch`` extra; nothing outside this room imports torch, and importing this room does not.
"""

from picdesk.encoders.torch.cached import load_checkpoint_encoder
from picdesk.encoders.torch.checkpoint import Checkpoint, read_checkpoint
from picdesk.encoders.torch.export import Exported, export_onnx
from picdesk.encoders.torch.stretch import stretch

__all__ = ["Checkpoint", "Exported", "export_onnx", "load_checkpoint_encoder", "read_checkpoint", "stretch"]
