"""What layers and regions are made of: records of numbers, the tensors that follow from them, the library."""

from .records import Altermagnet, Ferromagnet, Insulator, Material, NormalMetal

__all__ = ["Altermagnet", "Ferromagnet", "Insulator", "Material", "NormalMetal"]
