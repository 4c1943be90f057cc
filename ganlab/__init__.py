"""GAN variants trained over many seeds, measured, and turned into tables that a paper can cite."""

__version__ = "0.1.0"
