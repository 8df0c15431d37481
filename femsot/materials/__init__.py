"""What layers and regions are made of: records of numbers, the tensors that follow from them, the library."""

from .records import Ferromagnet, Insulator, Material, NormalMetal

__all__ = ["Ferromagnet", "Insulator", "Material", "NormalMetal"]
