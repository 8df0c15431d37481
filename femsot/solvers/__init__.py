"""What turns tensors and maps into potentials and currents: exact, finite elements, Boltzmann."""
