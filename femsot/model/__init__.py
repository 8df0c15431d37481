"""What is meant, without numerics: stacks, devices, boundaries, meshes, textures."""
