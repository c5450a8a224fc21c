"""Contrastive fine-tuning of models of the CLIP family."""
